"""Sources to tables to layers to an edition: all that touches files and the database."""

import os

# GDAL reads these once, when its drivers register; a crafted file must not lead it to other files or hosts.
os.environ.update(GDAL_SKIP="VRT,WMS,WCS,HTTP", OGR_SKIP="OGR_VRT,OAPIF,WFS", PROJ_NETWORK="OFF")
