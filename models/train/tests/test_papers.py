"""No paper that measures is trained on: on made-up data, and on the real data where it is there.

    python -m unittest discover -s models/train/tests -v
"""

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

import zstandard

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from corpus import load_config, normalised_title, read_records, training_papers  # noqa: E402

DATA = Path(os.environ.get("KINDRED_SHARED", HERE.parents[3] / "shared")) / "data"


def letters(title):
    """Another reading of `equal titles` than the recipe's: letters and digits of any script."""
    return "".join(character for character in title.casefold() if character.isalnum())


def write(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(record) + "\n" for record in records)
    path.write_bytes(zstandard.compress(lines.encode()))


def paper(number, title, **more):
    return {"id": f"arXiv:{number}", "title": title, "abstract": "Some words.", **more}


class MadeUp(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.data = Path(self.folder.name)
        for name in ("arxiv-recent", "arxiv-1993-2019", "conferences"):
            write(self.data / f"corpus/{name}.jsonl.zst", [])
        write(self.data / "eval/some/papers.jsonl.zst", [])

    def kept(self):
        return {p["id"] for p in training_papers(self.data, load_config("cores"))}

    def test_papers_of_evaluation_sets_are_left_out_by_id_and_by_title(self):
        conferences = [
            paper(1, "Learning to Rank"),
            paper(2, "learning   to rank."),
            paper(3, "Café: au lait"),
            paper(4, "Something else"),
            paper(5, "Measured under this id"),
        ]
        write(self.data / "corpus/conferences.jsonl.zst", conferences)
        measured = [
            {"id": "cula:1", "title": "Learning to rank"},
            {"id": "cula:2", "title": "CAFE - AU LAIT"},
            {"id": "arXiv:5", "title": "Another title"},
        ]
        write(self.data / "eval/some/papers.jsonl.zst", measured)
        self.assertEqual(self.kept(), {"arXiv:4"})

    def test_papers_without_title_or_abstract_are_left_out(self):
        papers = [paper(1, "A"), {**paper(2, "B"), "abstract": ""}, {**paper(3, "C"), "title": ""}]
        write(self.data / "corpus/conferences.jsonl.zst", papers)
        self.assertEqual(self.kept(), {"arXiv:1"})

    def test_papers_that_measure_titles_and_topics_are_left_out(self):
        papers = [paper(n, f"Title {n}", categories=["cs.DL"], date="2021-01-01") for n in range(50)]
        write(self.data / "corpus/arxiv-recent.jsonl.zst", papers)
        # Fewer than the protocols draw, so all of them measure.
        self.assertEqual(self.kept(), set())


@unittest.skipUnless((DATA / "eval").is_dir(), f"skipped: no papers at {DATA}")
class Real(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.papers = training_papers(DATA, load_config("cores"))

    def test_no_evaluation_paper_is_in_the_training_list(self):
        ids = {paper["id"] for paper in self.papers}
        titles = {letters(paper["title"]) for paper in self.papers}
        measured, found = 0, []
        for path in sorted((DATA / "eval").glob("*/*.zst")):
            for record in read_records(path):
                if "title" not in record:
                    continue
                measured += 1
                title = letters(record["title"])
                if record.get("id") in ids or (title and title in titles):
                    found.append((path.name, record.get("id"), record["title"]))
        self.assertEqual(found, [])
        self.assertGreater(measured, 50_000)
        self.assertGreater(len(ids), 400_000)
        self.assertEqual(len(ids), len(self.papers))


class Titles(unittest.TestCase):
    def test_accents_case_and_signs_make_no_difference(self):
        self.assertEqual(normalised_title("Poincaré–Hopf, revisited!"), "poincarehopfrevisited")


if __name__ == "__main__":
    unittest.main()
