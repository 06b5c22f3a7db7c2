"""The best dependency tree of a sentence: Chu-Liu-Edmonds' maximum spanning arborescence, with one root."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def best_tree(arcs: NDArray[Any]) -> list[int]:
    """Scores `[W, W + 1]` of hanging word w (row w − 1) on head h (column h; 0 the root) → each word's head.

    Exactly one word hangs on the root: each candidate is tried, in the order of what the tree could score at best, until
    none that is left could do better.
    """
    scores = np.full((len(arcs) + 1, len(arcs) + 1), -np.inf)
    scores[1:] = arcs
    np.fill_diagonal(scores, -np.inf)
    best, found = -np.inf, np.zeros(len(scores), dtype=int)
    inner = np.where(np.arange(len(scores)) == 0, -np.inf, scores)[1:].max(axis=1)
    bound = np.where(np.isfinite(inner), inner, 0.0).sum() - np.where(np.isfinite(inner), inner, 0.0) + scores[1:, 0]
    for word in np.argsort(-bound, kind="stable") + 1:
        if bound[word - 1] <= best:
            break
        allowed = scores.copy()
        allowed[1:, 0] = -np.inf
        allowed[word] = -np.inf
        allowed[word, 0] = scores[word, 0]
        heads = _arborescence(allowed)
        total = scores[np.arange(1, len(scores)), heads[1:]].sum()
        if total > best:
            best, found = total, heads
    return [int(head) for head in found[1:]]


def _arborescence(scores: NDArray[Any]) -> NDArray[Any]:
    """Scores `[N, N]`, by (node, head) → the best head of each node but 0, without cycles; node 0's is of no meaning."""
    heads: NDArray[Any] = scores.argmax(axis=1)
    heads[0] = 0
    cycle = _cycle(heads)
    if cycle is None:
        return heads
    rest = np.array([node for node in range(len(scores)) if node not in cycle])
    members = np.array(sorted(cycle))
    # the cycle becomes one node, the last: entering it costs the arc that is given up
    entering = scores[np.ix_(members, rest)] - scores[members, heads[members]][:, None]
    leaving = scores[np.ix_(rest, members)]
    merged = np.full((len(rest) + 1, len(rest) + 1), -np.inf)
    merged[:-1, :-1] = scores[np.ix_(rest, rest)]
    merged[-1, :-1], merged[:-1, -1] = entering.max(axis=0), leaving.max(axis=1)
    chosen = _arborescence(merged)
    for number, node in enumerate(rest[1:], 1):
        into_cycle = chosen[number] == len(rest)
        heads[node] = members[leaving[number].argmax()] if into_cycle else rest[chosen[number]]
    entry = members[entering[:, chosen[-1]].argmax()]
    heads[entry] = rest[chosen[-1]]
    return heads


def _cycle(heads: NDArray[Any]) -> set[int] | None:
    """The nodes of a cycle, where there is one."""
    done = {0}
    for start in range(1, len(heads)):
        path: list[int] = []
        node = start
        while node not in done and node not in path:
            path.append(node)
            node = int(heads[node])
        if node in path:
            return set(path[path.index(node) :])
        done.update(path)
    return None
