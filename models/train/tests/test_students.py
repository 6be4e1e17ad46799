"""The students, the batches and resuming, on small made-up numbers. Needs PyTorch."""

import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from batches import Sampler, Texts, put_for  # noqa: E402
from export import bert_tensors, export_transformer, student_state  # noqa: E402
from losses import similarity_losses  # noqa: E402
from prune import commonest, static_tokenizer  # noqa: E402
from resuming import run_twice  # noqa: E402
from rotate import axes, rotate_map, rotate_table  # noqa: E402
from students import Table, Transformer  # noqa: E402

MODEL = {
    "heads": 2,
    "layers": 2,
    "feed_forward": 32,
    "positions": 64,
    "init": 0.2,
    "cls": 2,
    "sep": 3,
}
LOSS = {
    "teacher_temperature": 0.05,
    "pair_temperature": 0.05,
    "near_duplicate": 0.99,
    "lexical_share": 0.5,
}


def some_texts(generator, lengths, vocabulary=50):
    tokens = generator.integers(5, vocabulary, sum(lengths))
    return Texts(tokens, np.concatenate([[0], np.cumsum(lengths)]))


def one_by_one(texts):
    for first, last in zip(texts.starts[:-1], texts.starts[1:], strict=True):
        yield Texts(texts.tokens[first:last], np.array([0, last - first]))


class Packing(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        self.generator = np.random.default_rng(1)
        self.student = Transformer(MODEL, torch.randn(50, 32))

    def test_texts_together_have_the_vectors_that_they_have_alone(self):
        texts = some_texts(self.generator, [3, 40, 7, 7, 1, 62, 33])
        together = self.student(texts)
        alone = torch.cat([self.student(text) for text in one_by_one(texts)])
        self.assertLess(float((together - alone).detach().abs().max()), 1e-5)

    def test_the_exported_weights_give_the_same_in_the_library(self):
        from transformers import BertConfig, BertModel

        config = BertConfig(
            vocab_size=50,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=64,
            type_vocab_size=1,
        )
        library = BertModel(config).eval()
        tensors = bert_tensors(self.student.state_dict())
        found = library.load_state_dict({n: t.float() for n, t in tensors.items()}, strict=False)
        self.assertEqual(found.unexpected_keys, [])
        texts = some_texts(self.generator, [9])
        ids = torch.tensor([[2, *texts.tokens.tolist(), 3]])
        wanted = library(input_ids=ids).last_hidden_state.mean(dim=1)
        difference = (self.student.pooled(texts) - wanted).abs().max()
        self.assertLess(float(difference.detach()), 0.02)  # 16-bit weights

    def test_an_exported_folder_can_be_read_back(self):
        config = {"model": {**MODEL, "width": 32}, "export": {"dimensions": [32]}}
        tokenizer = Tokenizer(WordPiece({"[PAD]": 0, "[UNK]": 1}, unk_token="[UNK]"))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            export_transformer(self.student.state_dict(), config, tokenizer, folder)
            state = student_state(folder, config["model"])
        for name, tensor in self.student.state_dict().items():
            self.assertTrue(torch.allclose(tensor, state[name], atol=2e-3), name)


class Losses(unittest.TestCase):
    def test_they_fall_to_zero_for_the_teacher_itself_and_rise_for_another(self):
        torch.manual_seed(2)
        teacher = torch.nn.functional.normalize(torch.randn(12, 8), dim=1)
        papers = torch.arange(6).repeat(2)
        nothing = torch.zeros(12, 12)
        same, _ = similarity_losses(teacher, teacher, nothing, papers, LOSS)
        other = torch.nn.functional.normalize(torch.randn(12, 8), dim=1)
        different, _ = similarity_losses(other, teacher, nothing, papers, LOSS)
        self.assertLess(float(same), 1e-5)
        self.assertGreater(float(different), 0.1)

    def test_a_pair_is_found_among_others(self):
        vectors = torch.eye(8).repeat(2, 1)
        papers = torch.arange(8).repeat(2)
        _, found = similarity_losses(vectors, vectors, torch.zeros(16, 16), papers, LOSS)
        _, lost = similarity_losses(vectors, vectors, torch.zeros(16, 16), papers * 0, LOSS)
        wrong = torch.cat([torch.eye(8), torch.eye(8).roll(1, 0)])
        _, missed = similarity_losses(wrong, vectors, torch.zeros(16, 16), papers, LOSS)
        self.assertLess(float(found), 1e-3)
        self.assertLess(float(lost), 1e-3)  # texts of one paper are no negatives of each other
        self.assertGreater(float(missed), 10)


class Turning(unittest.TestCase):
    def test_similarities_stay_and_variance_falls(self):
        torch.manual_seed(3)
        vectors = torch.randn(500, 6) * torch.tensor([3.0, 0.1, 2.0, 1.0, 0.5, 4.0])
        mean, turn = axes(vectors, 0.0)
        turned = (vectors - mean) @ turn
        kept = (vectors - mean) @ (vectors - mean).T
        self.assertTrue(torch.allclose(turned @ turned.T, kept, rtol=1e-3, atol=1e-2))
        variances = turned.var(dim=0)
        self.assertTrue(bool((variances[:-1] >= variances[1:]).all()))

    def test_table_and_map_are_turned_alike(self):
        torch.manual_seed(4)
        table = torch.randn(20, 6)
        means = torch.stack([table[torch.randint(20, (9,))].mean(dim=0) for _ in range(80)])
        weight, bias = rotate_map(torch.eye(6), torch.zeros(6), means, 0.5)
        turned = rotate_table(table, means, 0.5, [])
        self.assertTrue(torch.allclose(turned, table @ weight.T + bias, atol=1e-4))


class Words(unittest.TestCase):
    def test_a_word_is_put_wherever_the_old_one_stands(self):
        found = put_for(np.array([7, 1, 7, 2, 7]), 7, np.array([8, 9]))
        self.assertEqual(found.tolist(), [8, 9, 1, 8, 9, 2, 8, 9])


class Pruning(unittest.TestCase):
    PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##a", "##b", "ab", "##ba"]

    def setUp(self):
        vocabulary = {piece: number for number, piece in enumerate(self.PIECES)}
        self.tokenizer = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))

    def test_the_commonest_pieces_stay_and_all_characters(self):
        counts = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 5, 9])
        kept = commonest(self.tokenizer, counts, 10)
        self.assertEqual([self.PIECES[number] for number in kept], [*self.PIECES[:9], "##ba"])

    def test_a_word_that_went_is_read_as_the_pieces_that_stay(self):
        smaller = static_tokenizer(self.tokenizer, np.array([*range(9), 10]))
        self.assertEqual(smaller.encode("abba").tokens, ["a", "##b", "##ba"])
        self.assertEqual(smaller.token_to_id("##ba"), 9)

    def test_fewer_pieces_than_characters_are_refused(self):
        with self.assertRaisesRegex(SystemExit, "characters alone are 9"):
            commonest(self.tokenizer, np.zeros(11), 8)


class Means(unittest.TestCase):
    def test_a_table_gives_the_weighted_mean_of_its_rows(self):
        settings = {"frequency_scale": 1e-3, "weight_rate": 1.0}
        table = Table(50, 8, np.full(50, 0.02), settings)
        texts = some_texts(np.random.default_rng(5), [4, 2])
        rows = table.table()
        for vector, text in zip(table(texts), one_by_one(texts), strict=True):
            wanted = torch.nn.functional.normalize(rows[text.tokens].mean(dim=0), dim=0)
            self.assertTrue(torch.allclose(vector, wanted, atol=1e-5))


class Resuming(unittest.TestCase):
    """A training that was stopped goes on as if it had not been."""

    def compare(self, student):
        with tempfile.TemporaryDirectory() as folder:
            whole, stopped = run_twice(Path(folder), student)
        self.assertGreater(len(whole), 1)
        for name, tensor in whole.items():
            self.assertTrue(torch.equal(tensor, stopped[name]), name)

    def test_a_table_in_two_pieces_ends_with_the_same_weights(self):
        self.compare("table")

    def test_a_transformer_in_two_pieces_ends_with_the_same_weights(self):
        self.compare("transformer")


class Kinds(unittest.TestCase):
    def test_papers_without_authors_give_no_pairs_of_theirs(self):
        some = np.arange(10)
        corpus = SimpleNamespace(
            pairs=some[:0], documents=some, usable=some, teacher={"terms": some[:1]}
        )
        settings = {"pairs": {"author": 0.5, "document": 0.2, "term": 0.1, "title": 0.2}}
        sampler = Sampler(corpus, settings, 1)
        self.assertEqual(sampler.kinds, ["document", "title"])
        self.assertTrue(np.allclose(sampler.shares, [0.5, 0.5]))


if __name__ == "__main__":
    unittest.main()
