"""A published run in the layout of v1.0, whose scores follow from whole counts."""

import json
from pathlib import Path

CLASSES = ("af1", "Qal", "Qaf", "Qat", "Qc", "Qca", "Qr")
LABEL_HEADER = "Class,Targets,Predictions,Accuracy,Precision,Recall,F1,AP,AUROC"
GLOBAL_HEADER = "Overall Accuracy,Macro F1,Macro mAP"
METADATA = {
    "NAME": "tiny_01",
    "MODALITIES": {
        "modalities": {"dem": ["dem.tif"], "slope": ["slope_50.tif"]},
        "normalization values": {"dem": [[1], [2]]},
    },
    "MODEL": {"encoder": "ResNextEncoder", "weights": None},
    "TRAINING": {"training loss": [1.02625, 0.85009], "validation loss": [1.16352, 0.89551]},
}
LOG = """
Epoch 1/2

Epoch 1/2
TRAINING   -- Loss: 1.0263  |  Accuracy: 81.45%  |  Time: 1.5 mins.
VALIDATION -- Loss: 1.1635  |  Accuracy: 83.54%  |  Time: 0.5 mins.
New best model saved with loss 1.1635...

Epoch 2/2
TRAINING   -- Loss: 0.8501  |  Accuracy: 84.80%  |  Time: 1.5 mins.
VALIDATION -- Loss: 0.8955  |  Accuracy: 86.12%  |  Time: 0.5 mins.
"""
# 768 of 1,536 tiles hold the class, 768 are predicted, 384 rightly.
HALF = "768,768,0.5,0.5,0.5,0.5,0.6,0.7"


def labels(rows: dict[str, str] | None = None) -> str:
    lines = [f"{symbol} (0.36),{(rows or {}).get(symbol, HALF)}" for symbol in CLASSES]
    return "\n".join([LABEL_HEADER, *lines]) + "\n"


def write_run(folder: Path, changed: dict[str, str] | None = None) -> Path:
    files = {
        "metadata.json": json.dumps(METADATA),
        "training_output.txt": LOG,
        "label_metrics_tuned.csv": labels(),
        "label_metrics_tuned_hardin.csv": labels(),
        "global_metrics_tuned.csv": f"{GLOBAL_HEADER}\n0.5,0.5,0.6\n",
        "global_metrics_tuned_hardin.csv": f"{GLOBAL_HEADER}\n0.5,0.5,0.6\n",
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (files | (changed or {})).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
