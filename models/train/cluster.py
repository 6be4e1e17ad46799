"""Stage 7: clusters of papers by the teacher's vectors of their titles; batches draw hard negatives
from few clusters. Spherical k-means on a sample, then every paper to its nearest centre."""

import argparse
from pathlib import Path

import numpy as np

from corpus import load_config
from stages import finish

CHUNK = 16_384


def nearest(vectors, centres):
    """The centre with the largest scalar product for each row."""
    found = []
    for first in range(0, len(vectors), CHUNK):
        found.append((np.asarray(vectors[first : first + CHUNK]) @ centres.T).argmax(axis=1))
    return np.concatenate(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", required=True)
    parser.add_argument("--scale", required=True)
    arguments = parser.parse_args()
    work = Path(arguments.work)
    config = load_config(arguments.scale)
    settings = config["clusters"]
    vectors = np.memmap(work / "titles.f32", dtype="<f4", mode="r")
    vectors = vectors.reshape(-1, config["teacher"]["width"])
    generator = np.random.default_rng(config["seed"])
    sample = np.array(vectors[: settings["sample"]])
    count = min(settings["count"], len(sample) // 2)
    centres = sample[generator.choice(len(sample), count, replace=False)]
    for _ in range(settings["rounds"]):
        own = nearest(sample, centres)
        for cluster in range(count):
            members = sample[own == cluster]
            if len(members):
                centre = members.mean(axis=0)
                centres[cluster] = centre / max(np.linalg.norm(centre), 1e-9)
    with finish(work / "clusters.npy") as partial:
        np.save(partial, nearest(vectors, centres).astype(np.int32))
    print(f"clusters: {count}")


if __name__ == "__main__":
    main()
