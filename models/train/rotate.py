"""Turns a student's last linear map so that its dimensions come in the order of their variance.

The mean vector of papers is taken off, the axes are those of the covariance (largest first, so that
prefixes are the best linear projections: Matryoshka), and directions that most papers share are
damped to variance^((1 - exponent) / 2). All of it is linear and is folded into the weights.
"""

import torch


def axes(vectors, exponent):
    """Mean `[width]` and map `[width, width]` (to multiply from the right) of unscaled vectors."""
    vectors = vectors.double()
    mean = vectors.mean(dim=0)
    centred = vectors - mean
    variance, directions = torch.linalg.eigh(centred.T @ centred / len(vectors))
    variance, directions = variance.flip(0).clamp_min(1e-12), directions.flip(1)
    # The sign of an axis is free: its largest component is made positive.
    signs = directions.gather(0, directions.abs().argmax(dim=0, keepdim=True)).sign()
    scale = (variance / variance[0]) ** (-exponent / 2)
    return mean.float(), (directions * signs * scale).float()


def rotate_table(table, means, exponent, specials):
    """The table `[vocabulary, width]` turned; `means` holds mean vectors of papers by it."""
    mean, turn = axes(means, exponent)
    turned = (table - mean) @ turn
    turned[specials] = 0
    return turned


def rotate_map(weight, bias, pooled, exponent):
    """Weight and bias of the map after pooling, turned; `pooled` holds its inputs for papers."""
    mean, turn = axes(pooled @ weight.T + bias, exponent)
    return turn.T @ weight, (bias - mean) @ turn
