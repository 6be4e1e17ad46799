"""Reading the summary of the quality bench."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ablation import read_summary  # noqa: E402

SUMMARY = """rows before

### Summary

| task | measure | n | a | above b | b | c | above b |
|---|---|---|---|---|---|---|---|
| citations | nDCG@10 | 3 | 14.0 | +1.0 (+0.5 to +1.5) | 13.0 | – | – |
| mean over tasks | | | 14.0 | +1.0 (+0.5 to +1.5) | 13.0 | – | – |
"""


class Summaries(unittest.TestCase):
    def test_each_encoder_gets_its_cells(self):
        found = read_summary(SUMMARY, ["first", "second", "third"])
        more = "+1.0 (+0.5 to +1.5)"
        self.assertEqual([row[0] for row in found["first"]], ["citations", "mean over tasks"])
        self.assertEqual(found["first"][0][1:], ("14.0", more))
        self.assertEqual(found["second"][0][1:], ("13.0", ""))
        self.assertEqual(found["third"][0][1:], ("–", "–"))


if __name__ == "__main__":
    unittest.main()
