"""Stage 7: clusters of papers by the teacher's vectors of their titles.

Batches draw hard negatives from few clusters. Spherical k-means on a sample, then every paper to its nearest centre."""

import numpy as np

from batches import vector_rows
from stages import command_line, finish

CHUNK = 16_384


def nearest(vectors, centres):
    """The centre with the largest scalar product for each row."""
    found = []
    for first in range(0, len(vectors), CHUNK):
        found.append((np.asarray(vectors[first : first + CHUNK]) @ centres.T).argmax(axis=1))
    return np.concatenate(found)


def main():
    arguments, config = command_line(__doc__)
    work = arguments.work
    settings = config["clusters"]
    vectors = vector_rows(work / "titles.f32", config["teacher"]["width"])
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
