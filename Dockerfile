# The map as a container that serves the public tier, and nothing above it:
#   docker build --tag forewatch .
#   docker run --rm --network none --volume forewatch:/workspace forewatch demo --no-serve    (or: add, build)
#   docker run --publish 8050:8050 --volume forewatch:/workspace forewatch
# Raw files need no network, and `--network none` gives them none where the engine forbids a process to give up its own.
# With `--read-only --tmpfs /tmp` it can write to its workspace alone.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.lock ./
# Every file is checked against its hash here, and no line below reaches a network for Python packages.
RUN pip download --no-cache-dir --only-binary :all: --require-hashes --requirement requirements.lock --dest wheels
COPY pyproject.toml README.md LICENSE ./
COPY geo geo
COPY layers layers
COPY data_pipelines data_pipelines
COPY app app
RUN pip install --no-index --find-links wheels --upgrade setuptools \
 && pip wheel --no-index --no-deps --no-build-isolation --wheel-dir wheels . \
 && python -m venv --without-pip /opt/forewatch \
 && pip --python /opt/forewatch/bin/python install --no-cache-dir --no-index --find-links wheels forewatch

FROM python:3.11-slim
# libexpat1: rasterio's wheel expects the system's. fonts-noto-core: names on briefing maps, in every script.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends fonts-noto-core libexpat1 \
 && rm -rf /var/lib/apt/lists/* \
 && pip uninstall --yes --root-user-action=ignore setuptools wheel pip \
 && useradd --system --uid 10001 --user-group --create-home --home-dir /var/lib/forewatch forewatch \
 && install --directory --owner forewatch --group forewatch /workspace
COPY --from=build /opt/forewatch /opt/forewatch
ENV PATH=/opt/forewatch/bin:$PATH \
    FOREWATCH_WORKSPACE=/workspace \
    MPLCONFIGDIR=/var/lib/forewatch/matplotlib \
    PROJ_NETWORK=OFF \
    PYTHONUNBUFFERED=1
USER forewatch
# What the first start would write to the home folder is written now.
RUN python -c "import matplotlib.font_manager"
VOLUME /workspace
EXPOSE 8050
HEALTHCHECK --start-period=60s --timeout=5s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8050/health', timeout=4)"]
ENTRYPOINT ["forewatch"]
CMD ["serve", "--host", "0.0.0.0", "--tier", "public"]
