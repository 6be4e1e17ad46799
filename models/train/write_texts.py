"""Stage 3: the texts that student and teacher read, one a line: titles, segments, documents.

A segment is a run of sentences of the abstract; a document is `title. abstract`, as the program
gives papers to an encoder. Line n of titles and segments, and of as many documents as there are,
belongs to paper n.
"""

import re
from contextlib import ExitStack

import numpy as np

from stages import command_line, finish, read_papers

SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z$\\])")


def one_line(text):
    return " ".join(text.split())


def segment(abstract, wanted, generator):
    """A run of whole sentences from a random one on, of about `wanted` characters."""
    sentences = SENTENCE_END.split(abstract)
    first = int(generator.integers(len(sentences)))
    while first > 0 and sum(map(len, sentences[first:])) < wanted / 2:
        first -= 1
    taken = []
    for sentence in sentences[first:]:
        if taken and sum(map(len, taken)) + len(sentence) / 2 > wanted:
            break
        taken.append(sentence)
    return " ".join(taken)[: 4 * wanted]


def main():
    arguments, config = command_line(__doc__)
    work = arguments.work
    settings = config["texts"]
    generator = np.random.default_rng(config["seed"])
    low, high = settings["segment_characters"]
    with ExitStack() as stack:
        streams = {
            name: stack.enter_context(
                open(stack.enter_context(finish(work / f"{name}.txt")), "w", encoding="utf-8")
            )
            for name in ("documents", "segments", "titles")
        }
        for number, paper in enumerate(read_papers(work)):
            title, abstract = one_line(paper["title"]), one_line(paper["abstract"])
            wanted = int(np.exp(generator.uniform(np.log(low), np.log(high))))
            streams["titles"].write(title + "\n")
            streams["segments"].write(segment(abstract, wanted, generator) + "\n")
            if number < settings["documents"]:
                streams["documents"].write(f"{title}. {abstract}\n")
    print(f"texts: of {number + 1} papers")


if __name__ == "__main__":
    main()
