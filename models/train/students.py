"""The two students: a table of token vectors, and a small transformer that starts as that table."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from batches import gather, pieces_of


class Table(nn.Module):
    """The mean of token vectors; a token's vector is a direction times a weight."""

    def __init__(self, vocabulary, width, frequency, settings):
        super().__init__()
        self.directions = nn.Parameter(torch.randn(vocabulary, width) / width**0.5)
        scale = settings["frequency_scale"]
        weights = torch.from_numpy(np.log(scale / (scale + frequency))).float()
        self.log_weights = nn.Parameter(weights)
        self.share = settings["weight_rate"]

    def groups(self, rate):
        return [
            {"params": [self.directions], "rate": rate, "weight_decay": 0.0},
            {"params": [self.log_weights], "rate": rate * self.share, "weight_decay": 0.0},
        ]

    def table(self):
        """`[vocabulary, width]`."""
        return self.directions * self.log_weights.exp()[:, None]

    def forward(self, texts):
        device = self.directions.device
        tokens = torch.from_numpy(texts.tokens).to(device)
        weights = self.log_weights[tokens].exp()
        sums = functional.embedding_bag(
            tokens,
            self.directions,
            torch.from_numpy(texts.starts[:-1]).to(device),
            mode="sum",
            per_sample_weights=weights,
        )
        return functional.normalize(sums, dim=1)


class Layer(nn.Module):
    """One layer of BERT, over tokens without padding."""

    def __init__(self, width, feed_forward, heads, init):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, eps=1e-12)
        self.up = nn.Linear(width, feed_forward)
        self.down = nn.Linear(feed_forward, width)
        self.norm2 = nn.LayerNorm(width, eps=1e-12)
        for linear, scale in ((self.qkv, 1.0), (self.up, 1.0), (self.out, 0.25), (self.down, 0.25)):
            nn.init.normal_(linear.weight, std=init * scale)
            nn.init.zeros_(linear.bias)

    def forward(self, states, groups):
        width = states.shape[1]
        pieces = []
        parts = self.qkv(states).split([group.tokens for group in groups])
        for part, group in zip(parts, groups, strict=True):
            texts, length = group.index.shape
            padded = part[group.index.view(-1)] if group.mask is not None else part
            padded = padded.view(texts, length, 3, self.heads, width // self.heads)
            query, key, value = padded.permute(2, 0, 3, 1, 4)
            # Written out: on processors its backward pass is several times faster than the fused one.
            scores = (query * (width // self.heads) ** -0.5) @ key.transpose(2, 3)
            if group.mask is not None:
                scores = scores + group.mask
            found = (scores.softmax(dim=3).to(value.dtype) @ value).transpose(1, 2)
            found = found.reshape(texts * length, width)
            pieces.append(found[group.real] if group.mask is not None else found)
        mixed = torch.cat(pieces)
        states = self.norm1(states + self.out(mixed))
        return self.norm2(states + self.down(functional.gelu(self.up(states))))


@dataclass
class Group:
    """Texts of like length that stand one after the other and are attended to together.

    `index` holds the place of each token within the group, `[texts, length]`; where lengths differ,
    `mask` is minus infinity for the places behind a text's end and `real` lists the others.
    """

    tokens: int
    index: torch.Tensor
    mask: torch.Tensor | None
    real: torch.Tensor | None


def attention_groups(lengths, dtype, device, ratio=1.25, most=16_384):
    """Groups of texts whose lengths, longest first, differ by `ratio` at most."""
    groups, first = [], 0
    while first < len(lengths):
        longest, last = lengths[first], first
        room = max(most // longest, 1)
        while last < len(lengths) and lengths[last] * ratio >= longest and last - first < room:
            last += 1
        own = lengths[first:last]
        starts = np.cumsum(own) - own
        places = np.arange(longest)[None, :]
        within = places < own[:, None]
        index = torch.from_numpy(np.where(within, starts[:, None] + places, 0)).to(device)
        mask = real = None
        if not within.all():
            mask = torch.zeros(len(own), 1, 1, longest, dtype=dtype)
            mask.masked_fill_(~torch.from_numpy(within)[:, None, None, :], float("-inf"))
            mask = mask.to(device)
            real = torch.from_numpy(np.flatnonzero(within.reshape(-1))).to(device)
        groups.append(Group(int(own.sum()), index, mask, real))
        first = last
    return groups


class Transformer(nn.Module):
    """BERT with mean pooling and one linear map after it.

    It starts as the table it is given: an alternating constant is added to every token (it is the
    embedding of the only token type), so large that layer normalisation hardly changes lengths;
    layers begin near the identity, and the map after pooling takes the constant off.
    """

    def __init__(self, settings, table):
        super().__init__()
        vocabulary, width = table.shape
        heads, init = settings["heads"], settings["init"]
        self.specials = settings["cls"], settings["sep"]
        self.words = nn.Parameter(table.clone())
        self.places = nn.Parameter(torch.randn(settings["positions"], width) * 0.01)
        constant = torch.ones(width)
        constant[1::2] = -1.0
        self.constant = nn.Parameter(constant)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        sizes = width, settings["feed_forward"], heads, init
        self.layers = nn.ModuleList(Layer(*sizes) for _ in range(settings["layers"]))
        self.map = nn.Linear(width, width)
        with torch.no_grad():
            self.map.weight.copy_(torch.eye(width))
            self.map.bias.copy_(-constant)

    def groups(self, rate, share):
        tables = [self.words, self.places, self.constant]
        ids = {id(p) for p in tables}
        others = [p for p in self.parameters() if id(p) not in ids]
        matrices = [p for p in others if p.dim() > 1]
        vectors = [p for p in others if p.dim() == 1]
        return [
            {"params": tables, "rate": rate * share, "weight_decay": 0.0},
            {"params": matrices, "rate": rate, "weight_decay": 0.01, "matrices": True},
            {"params": vectors, "rate": rate, "weight_decay": 0.0},
        ]

    def pooled(self, texts):
        order = np.argsort(-texts.lengths(), kind="stable")
        pieces, _ = gather(texts.tokens, texts.starts, order)
        lengths = texts.lengths()[order] + 2
        starts = np.concatenate([[0], np.cumsum(lengths)])
        tokens = np.empty(starts[-1], dtype=np.int64)
        inner = np.arange(len(pieces)) + 2 * np.repeat(np.arange(len(lengths)), lengths - 2)
        tokens[inner + 1] = pieces
        tokens[starts[:-1]], tokens[starts[1:] - 1] = self.specials
        places = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        device = self.words.device
        states = functional.embedding(torch.from_numpy(tokens).to(device), self.words)
        places = torch.from_numpy(places).to(device)
        states = states + functional.embedding(places, self.places)
        states = self.norm(states + self.constant)
        bfloat16 = torch.is_autocast_enabled(device.type)
        dtype = torch.bfloat16 if bfloat16 else torch.float32
        groups = attention_groups(lengths, dtype, device)
        for layer in self.layers:
            states = layer(states, groups)
        lengths = torch.from_numpy(lengths).to(device)
        means = torch.segment_reduce(states.float(), "mean", lengths=lengths, axis=0)
        return means[torch.from_numpy(np.argsort(order, kind="stable")).to(device)]

    def forward(self, texts):
        pooled = self.pooled(texts)
        with torch.autocast(self.words.device.type, enabled=False):
            return functional.normalize(self.map(pooled), dim=1)


def pooled_vectors(student, texts):
    """What the transformer gives to its last map, `[texts, width]`."""
    device = student.words.device.type
    with torch.no_grad(), torch.autocast(device, dtype=torch.bfloat16):
        return torch.cat([student.pooled(piece).float() for piece in pieces_of(texts)])
