"""TF-IDF over characters + linear SVM, trained and judged on the same rows as the model.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn
    cat eval/data/train.jsonl eval/data/train-02.jsonl eval/data/train-03.jsonl > /tmp/train.jsonl
    /tmp/venv/bin/python eval/baseline/tfidf.py /tmp/train.jsonl eval/data/test.jsonl

Prints one Markdown row a head: accuracy and macro-F1 with 95 % bootstrap intervals (1,000 resamples, stratified by the
true label, seed 1), as `minwon eval` computes them.
"""

import json
import sys

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

HEADS = ["department", "urgency", "jurisdiction", "kind"]


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def interval(truth, predicted, figure, rng):
    strata = [np.flatnonzero(truth == label) for label in np.unique(truth)]
    figures = []
    for _ in range(1000):
        rows = np.concatenate([rng.choice(rows, len(rows)) for rows in strata])
        figures.append(figure(truth[rows], predicted[rows]))
    return np.percentile(figures, [2.5, 97.5])


def main():
    train, test = read(sys.argv[1]), read(sys.argv[2])
    macro = lambda a, b: f1_score(a, b, average="macro", zero_division=0)
    print("| head | accuracy | macro-F1 |\n|---|---|---|")
    for head in HEADS:
        model = make_pipeline(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True),
            LinearSVC(class_weight="balanced"),
        )
        model.fit([row["text"] for row in train], [row[head] for row in train])
        truth = np.array([row[head] for row in test])
        predicted = model.predict([row["text"] for row in test])
        cells = []
        for figure in (accuracy_score, macro):
            low, high = interval(truth, predicted, figure, np.random.default_rng(1))
            cells.append(f"{figure(truth, predicted):.3f} ({low:.3f}–{high:.3f})")
        print(f"| {head} | {' | '.join(cells)} |")


main()
