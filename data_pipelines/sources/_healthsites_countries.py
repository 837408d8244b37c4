"""Countries by the names under which healthsites.io knows them, which its API asks for in place of codes."""

_NAMES = """
AFG Afghanistan/AGO Angola/AIA Anguilla/ALB Albania/AND Andorra/ARE United Arab Emirates/ARG Argentina/ARM Armenia/
ATG Antigua and Barbuda/AUS Australia/AUT Austria/AZE Azerbaijan/BDI Burundi/BEL Belgium/BEN Benin/BFA Burkina Faso/
BGD Bangladesh/BGR Bulgaria/BHR Bahrain/BHS Bahamas/BIH Bosnia and Herzegovina/BLR Belarus/BLZ Belize/BMU Bermuda/
BOL Bolivia/BRA Brazil/BRB Barbados/BTN Bhutan/BWA Botswana/CAF Central African Republic/CAN Canada/CHE Switzerland/
CHL Chile/CHN China/CIV Ivory Coast/CMR Cameroon/COD Democratic Republic of the Congo/COG Congo/COL Colombia/
COM Comoros/CPV Cabo Verde/CRI Costa Rica/CUB Cuba/CYP Cyprus/CZE Czechia/DEU Germany/DJI Djibouti/DMA Dominica/
DNK Denmark/DOM Dominican Republic/DZA Algeria/ECU Ecuador/EGY Egypt/ERI Eritrea/ESP Spain/EST Estonia/ETH Ethiopia/
FIN Finland/FJI Fiji/FRA France/GAB Gabon/GBR United Kingdom/GEO Georgia/GHA Ghana/GIN Guinea/GMB Gambia/
GNB Guinea-Bissau/GNQ Equatorial Guinea/GRC Greece/GRD Grenada/GTM Guatemala/GUY Guyana/HND Honduras/HRV Croatia/
HTI Haiti/HUN Hungary/IDN Indonesia/IND India/IRL Ireland/IRN Iran/IRQ Iraq/ISL Iceland/ISR Israel/ITA Italy/
JAM Jamaica/JOR Jordan/JPN Japan/KAZ Kazakhstan/KEN Kenya/KGZ Kyrgyzstan/KHM Cambodia/KIR Kiribati/
KNA Saint Kitts and Nevis/KWT Kuwait/LBN Lebanon/LBR Liberia/LBY Libya/LCA Saint Lucia/LIE Liechtenstein/
LKA Sri Lanka/LSO Lesotho/LTU Lithuania/LUX Luxembourg/LVA Latvia/MAR Morocco/MCO Monaco/MDG Madagascar/
MDV Maldives/MEX Mexico/MHL Marshall Islands/MLI Mali/MLT Malta/MMR Myanmar/MNE Montenegro/MNG Mongolia/
MOZ Mozambique/MRT Mauritania/MUS Mauritius/MWI Malawi/MYS Malaysia/NAM Namibia/NER Niger/NGA Nigeria/NIC Nicaragua/
NIU Niue/NLD Netherlands/NOR Norway/NPL Nepal/NRU Nauru/NZL New Zealand/OMN Oman/PAK Pakistan/PAN Panama/PER Peru/
PHL Philippines/PLW Palau/PNG Papua New Guinea/POL Poland/PRI Puerto Rico/PRY Paraguay/PSE Palestinian Territories/
QAT Qatar/ROU Romania/RUS Russia/RWA Rwanda/SAU Saudi Arabia/SDN Sudan/SEN Senegal/SGP Singapore/SLB Solomon Islands/
SLE Sierra Leone/SLV El Salvador/SMR San Marino/SOM Somalia/SRB Serbia/SSD South Sudan/SUR Suriname/SVK Slovakia/
SVN Slovenia/SWE Sweden/SYC Seychelles/SYR Syrian Arab Republic/TCD Chad/TGO Togo/THA Thailand/TJK Tajikistan/
TKM Turkmenistan/TON Tonga/TTO Trinidad and Tobago/TUN Tunisia/TUR Turkey/TUV Tuvalu/TZA Tanzania/UGA Uganda/
UKR Ukraine/URY Uruguay/USA United States/UZB Uzbekistan/VCT Saint Vincent and The Grenadines/VEN Venezuela/
VNM Vietnam/VUT Vanuatu/WSM Samoa/YEM Yemen/ZAF South Africa/ZMB Zambia/ZWE Zimbabwe
"""

NAMES = {line.strip()[:3]: line.strip()[4:] for line in _NAMES.strip().split("/")}
"""ISO alpha-3 code to name."""
