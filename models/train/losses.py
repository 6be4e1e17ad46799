"""What both students are trained on: the teacher's similarities, pairs, labels."""

import torch
from torch.nn import functional

# Parts of the objective, by the names that logs and config.toml have for them.
LOSSES = ("vector", "similarity", "pair", "label")


def similarity_losses(student, teacher, lexical, papers, settings):
    """Losses over the similarities of all texts of a batch, left sides first.

    `student` and `teacher` are `[2 * pairs, width]` of length 1. The first loss is the
    Kullback-Leibler divergence from softened similarities to the student's, row by row: the
    teacher's, and a share of those of shared rare words, which a teacher of other fields' texts
    does not know; the second is InfoNCE of each text with its partner, texts of the same paper and
    those that the teacher holds for nearly equal left out of the negatives.
    """
    rows, device = len(student), student.device
    own = torch.eye(rows, dtype=torch.bool, device=device)
    scores = student @ student.T
    with torch.no_grad():
        wanted = teacher @ teacher.T
        target = wanted + settings["lexical_share"] * lexical
        target = (target / settings["teacher_temperature"]).masked_fill(own, -1e9).softmax(dim=1)
    logits = (scores / settings["teacher_temperature"]).masked_fill(own, -1e9)
    entropy = -(target * target.clamp_min(1e-12).log()).sum(dim=1)
    distilled = (-(target * logits.log_softmax(dim=1)).sum(dim=1) - entropy).mean()
    partner = torch.arange(rows, device=device).roll(rows // 2)
    same = (papers[:, None] == papers[None, :]) | (wanted > settings["near_duplicate"])
    same[torch.arange(rows, device=device), partner] = False
    logits = (scores / settings["pair_temperature"]).masked_fill(same | own, -1e9)
    return distilled, functional.cross_entropy(logits, partner)


class Objective(torch.nn.Module):
    """The losses with the heads that only training needs."""

    def __init__(self, width, teacher_width, labels, settings):
        super().__init__()
        self.settings = settings
        self.to_teacher = torch.nn.Linear(width, teacher_width, bias=True)
        self.to_labels = torch.nn.Linear(width, max(labels, 1))
        with torch.no_grad():
            self.to_teacher.weight.copy_(torch.eye(teacher_width, width))
            self.to_teacher.bias.zero_()
            self.to_labels.weight.zero_()
            self.to_labels.bias.fill_(-4.0)

    def align(self, student, teacher):
        """Starts the map to the teacher's space at the best linear one for these vectors."""
        with torch.no_grad():
            inputs = torch.cat([student, torch.ones(len(student), 1)], dim=1).double()
            ridge = 1e-4 * len(student) * torch.eye(inputs.shape[1], dtype=torch.float64)
            ridge = ridge * inputs.square().mean()
            found = torch.linalg.solve(inputs.T @ inputs + ridge, inputs.T @ teacher.double())
            self.to_teacher.weight.copy_(found[:-1].T)
            self.to_teacher.bias.copy_(found[-1])

    def forward(self, student, batch, labels, labelled):
        """The weighted sum and its parts, of unit vectors `[2 * pairs, width]`."""
        settings = self.settings
        arrays = (batch.teacher, batch.lexical, batch.papers, batch.told)
        teacher, lexical, papers, told = (torch.from_numpy(a).to(student.device) for a in arrays)
        found = functional.normalize(self.to_teacher(student), dim=1)
        vector = ((1 - (found * teacher).sum(dim=1)) * told).sum() / told.sum().clamp_min(1)
        distilled, pair = similarity_losses(student, teacher, lexical, papers, settings)
        parts = {"vector": vector, "similarity": distilled}
        if batch.paired:
            parts["pair"] = pair
        if labelled.any():
            scores = self.to_labels(student * settings["label_scale"])
            loss = functional.binary_cross_entropy_with_logits(
                scores, labels, reduction="none"
            ).sum(dim=1)
            parts["label"] = (loss * labelled).sum() / labelled.sum()
        weights = settings["loss"]
        total = sum(weights[name] * part for name, part in parts.items())
        return total, {name: float(part.detach()) for name, part in parts.items()}
