"""Stage 4: words and phrases of the papers, one a line, for the teacher to say which are alike.

They cost little and cover what few texts have: a rare word of another field, which a run of
sentences shows once, is a text of its own here. Words count in all papers, phrases of two and three
words, neither beginning nor ending with a very frequent one, in the first of them. In random order.
"""

import re
from collections import Counter

import numpy as np

from stages import command_line, finish, read_papers

WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*")
# A phrase does not reach over these.
BREAK = re.compile(r"[.;:,()$\\{}]")
LENGTHS = (2, 3)
MIN_LETTERS = 3


def pieces(paper):
    """Runs of lower-case words of a paper without a break."""
    for part in BREAK.split(f"{paper['title']}. {paper['abstract']}"):
        yield [word.lower() for word in WORD.findall(part)]


def count_terms(papers, settings):
    """How often each word and each phrase occurs."""
    words, phrases = Counter(), Counter()
    for number, paper in enumerate(papers):
        runs = list(pieces(paper))
        for run in runs:
            words.update(word for word in run if len(word) >= MIN_LETTERS)
        if number >= settings["phrase_papers"]:
            continue
        for run in runs:
            for length in LENGTHS:
                for first in range(len(run) - length + 1):
                    phrases[" ".join(run[first : first + length])] += 1
    return words, phrases


def terms(words, phrases, settings):
    """Words and phrases that occur often enough, sorted."""
    frequent = {word for word, _ in words.most_common(settings["frequent_words"])}

    def whole(phrase):
        ends = phrase.split(" ")[:: len(phrase.split(" ")) - 1]
        return all(len(word) >= MIN_LETTERS and word not in frequent for word in ends)

    kept = [word for word, count in words.items() if count >= settings["word_occurrences"]]
    least = settings["phrase_occurrences"]
    kept += [phrase for phrase, count in phrases.items() if count >= least and whole(phrase)]
    return sorted(kept)


def main():
    arguments, config = command_line(__doc__)
    work = arguments.work
    counted = count_terms(read_papers(work), config["terms"])
    found = terms(*counted, config["terms"])
    order = np.random.default_rng(config["seed"]).permutation(len(found))
    with finish(work / "terms.txt") as partial, open(partial, "w", encoding="utf-8") as stream:
        stream.writelines(found[place] + "\n" for place in order)
    print(f"terms: {len(found)}")


if __name__ == "__main__":
    main()
