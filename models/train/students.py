"""The two students: a table of token vectors, and a small transformer that starts as that table."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional


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
        tokens = torch.from_numpy(texts.tokens)
        weights = self.log_weights[tokens].exp()
        sums = functional.embedding_bag(
            tokens,
            self.directions,
            torch.from_numpy(texts.starts[:-1]),
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
        qkv = self.qkv(states)
        mixed = torch.empty_like(states, dtype=qkv.dtype)
        pieces = []
        for index, mask, back in groups:
            texts, length = index.shape
            part = qkv[index.reshape(-1)].view(texts, length, 3, self.heads, width // self.heads)
            query, key, value = part.permute(2, 0, 3, 1, 4)
            # Written out: on processors its backward pass is several times faster than the fused one.
            scores = (query * (width // self.heads) ** -0.5) @ key.transpose(2, 3) + mask
            found = scores.softmax(dim=3).to(value.dtype) @ value
            pieces.append(found.transpose(1, 2).reshape(texts * length, width)[back])
        order = torch.cat([index.reshape(-1)[back] for index, _, back in groups])
        mixed = torch.cat(pieces)[order.argsort()]
        states = self.norm1(states + self.out(mixed))
        return self.norm2(states + self.down(functional.gelu(self.up(states))))


def attention_groups(lengths, starts, ratio=1.2, most=16_384):
    """Texts of like length together: token numbers `[texts, length]`, mask, and which are real."""
    order = np.argsort(lengths, kind="stable")[::-1]
    groups, first = [], 0
    while first < len(order):
        longest = lengths[order[first]]
        last = first
        while (
            last < len(order)
            and lengths[order[last]] * ratio >= longest
            and (last - first + 1) * longest <= max(most, longest)
        ):
            last += 1
        rows = order[first:last]
        places = np.arange(longest)[None, :]
        real = places < lengths[rows][:, None]
        index = np.where(real, starts[rows][:, None] + places, starts[rows][:, None])
        mask = torch.zeros(len(rows), 1, 1, longest)
        mask.masked_fill_(~torch.from_numpy(real)[:, None, None, :], float("-inf"))
        back = torch.from_numpy(np.flatnonzero(real.reshape(-1)))
        groups.append((torch.from_numpy(index), mask, back))
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
            {"params": matrices, "rate": rate, "weight_decay": 0.01},
            {"params": vectors, "rate": rate, "weight_decay": 0.0},
        ]

    def pooled(self, texts):
        lengths = texts.lengths() + 2
        starts = np.concatenate([[0], np.cumsum(lengths)])
        tokens = np.empty(starts[-1], dtype=np.int64)
        inner = np.arange(len(texts.tokens)) + 2 * np.repeat(np.arange(len(lengths)), lengths - 2)
        tokens[inner + 1] = texts.tokens
        tokens[starts[:-1]], tokens[starts[1:] - 1] = self.specials
        places = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        states = functional.embedding(torch.from_numpy(tokens), self.words)
        states = states + functional.embedding(torch.from_numpy(places), self.places)
        states = self.norm(states + self.constant)
        groups = attention_groups(lengths, starts[:-1])
        dtype = torch.bfloat16 if torch.is_autocast_enabled("cpu") else torch.float32
        groups = [(index, mask.to(dtype), back) for index, mask, back in groups]
        for layer in self.layers:
            states = layer(states, groups)
        sums = torch.segment_reduce(
            states.float(), "mean", lengths=torch.from_numpy(lengths), axis=0
        )
        return sums

    def forward(self, texts):
        pooled = self.pooled(texts)
        with torch.autocast("cpu", enabled=False):
            return functional.normalize(self.map(pooled), dim=1)
