"""Numbers printed by Page Fortin and Chaib-draa (2019), shown beside ours: accuracy in %, and F1.

The F1 of Tables 2 and 4 is the macro average, that of Table 3 is of the positive class.
"""

PRINTED: dict[str, dict[str, dict[str, str]]] = {
    "flickr-emotion": {
        "systems": {
            "SI": "70.59, 0.5808",
            "ST": "83.70, 0.7982",
            "L-Fus": "89.09, 0.8564",
            "SM": "89.93, 0.8659",
            "SM_I": "47.92, 0.4064",
            "SM_T": "79.90, 0.7486",
            "C_v": "70.34, 0.6067",
            "C_t": "83.99, 0.8095",
            "C_m": "91.17, 0.8803",
        },
        "unpaired": {"C_v": "75.47, 0.6507", "C_t": "83.92, 0.8063", "C_m": "91.59, 0.8810"},
    },
    "vso": {
        "systems": {
            "SI": "69.91, 0.7767",
            "ST": "84.15, 0.8779",
            "L-Fus": "85.73, 0.8913",
            "SM": "85.79, 0.8868",
            "C_v": "69.73, 0.7648",
            "C_t": "83.79, 0.8775",
            "C_m": "86.35, 0.8894",
        },
    },
}
