//! Making a built graph better: every row chooses its links anew among a wider neighbourhood, and
//! every row can be reached.
//!
//! The choice is the diversity heuristic (algorithm 4 of Malkov and Yashunin 2018): a candidate
//! is linked only if it is closer to the row than to every link chosen before it. `hnsw_rs` applies
//! it when a row is inserted, but drops the farthest link when a row gets too many, which leaves
//! some rows without any link to them.

use kindred_core::{Embeddings, dot};
use rayon::prelude::*;

use super::build::{BuildOptions, Stopped};
use super::walk::{Goal, Hit, Walk, with_scratch};
use super::{BASE_LINKS, Graph, NO_LINK};

/// Most candidates that a row chooses among.
const MAX_CANDIDATES: usize = 300;
/// Rows kept in view while a place is sought for a row that cannot be reached.
const RESCUE_EFFORT: usize = 64;

/// Mends the base layer; also returns how many rows could not be reached before.
pub(super) fn mend(
    mut graph: Graph,
    vectors: &Embeddings,
    options: &BuildOptions<'_>,
) -> Result<(Graph, usize), Stopped> {
    let unreachable = graph.len() - reached(&graph).1;
    options.check_stop()?;
    graph.base = choose(&graph, vectors, |row, incoming| {
        let mut around: Vec<u32> = graph.links(row).to_vec();
        for &link in graph.links(row) {
            around.extend_from_slice(graph.links(link as usize));
        }
        around.extend_from_slice(incoming);
        around
    });
    options.check_stop()?;
    graph.base = choose(&graph, vectors, |row, incoming| {
        let mut both = graph.links(row).to_vec();
        both.extend_from_slice(incoming);
        both
    });
    options.check_stop()?;
    connect(&mut graph, vectors, options)?;
    Ok((graph, unreachable))
}

/// Returns a base layer in which each row chose among its candidates.
fn choose(
    graph: &Graph,
    vectors: &Embeddings,
    candidates: impl Fn(usize, &[u32]) -> Vec<u32> + Sync,
) -> Vec<u32> {
    let (starts, incoming) = incoming(graph);
    let mut base = vec![NO_LINK; graph.base.len()];
    base.par_chunks_mut(BASE_LINKS)
        .enumerate()
        .for_each(|(row, places)| {
            let incoming = &incoming[starts[row]..starts[row + 1]];
            let chosen = diverse(row, candidates(row, incoming), vectors);
            places[..chosen.len()].copy_from_slice(&chosen);
        });
    base
}

/// Returns the rows that link to each row, as one list with the start of each row's part.
fn incoming(graph: &Graph) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0; graph.len() + 1];
    for &link in graph.base.iter().filter(|&&link| link != NO_LINK) {
        starts[link as usize + 1] += 1;
    }
    for row in 0..graph.len() {
        starts[row + 1] += starts[row];
    }
    let mut next = starts.clone();
    let mut incoming = vec![0; starts[graph.len()]];
    for row in 0..graph.len() {
        for &link in graph.links(row) {
            let place = &mut next[link as usize];
            incoming[*place] = u32::try_from(row).expect("rows fit u32");
            *place += 1;
        }
    }
    (starts, incoming)
}

/// Returns at most [`BASE_LINKS`] diverse candidates, closest first.
fn diverse(row: usize, mut candidates: Vec<u32>, vectors: &Embeddings) -> Vec<u32> {
    candidates.sort_unstable();
    candidates.dedup();
    let own = vectors.row(row);
    let mut hits: Vec<Hit> = candidates
        .into_iter()
        .filter(|&candidate| candidate as usize != row)
        .map(|candidate| Hit::new(dot(own, vectors.row(candidate as usize)), candidate))
        .collect();
    hits.sort_unstable_by(|a, b| b.cmp(a));
    hits.truncate(MAX_CANDIDATES);
    let mut chosen: Vec<u32> = Vec::with_capacity(BASE_LINKS);
    for hit in hits {
        let candidate = vectors.row(hit.row() as usize);
        let is_diverse = chosen
            .iter()
            .all(|&link| dot(candidate, vectors.row(link as usize)) < hit.score());
        if is_diverse {
            chosen.push(hit.row());
            if chosen.len() == BASE_LINKS {
                break;
            }
        }
    }
    chosen
}

/// Returns which rows can be reached from the entry on the base layer, and how many.
fn reached(graph: &Graph) -> (Vec<bool>, usize) {
    let mut seen = vec![false; graph.len()];
    let count = spread(graph, graph.entry, &mut seen);
    (seen, count)
}

/// Marks what can be reached from `from` and was not seen; returns how many rows that were.
fn spread(graph: &Graph, from: u32, seen: &mut [bool]) -> usize {
    if std::mem::replace(&mut seen[from as usize], true) {
        return 0;
    }
    let mut count = 1;
    let mut open = vec![from];
    while let Some(row) = open.pop() {
        for &link in graph.links(row as usize) {
            if !std::mem::replace(&mut seen[link as usize], true) {
                count += 1;
                open.push(link);
            }
        }
    }
    count
}

/// Links every row that cannot be reached to the closest reached row that has a place left.
fn connect(
    graph: &mut Graph,
    vectors: &Embeddings,
    options: &BuildOptions<'_>,
) -> Result<(), Stopped> {
    let (mut seen, _) = reached(graph);
    let goal = Goal {
        effort: RESCUE_EFFORT,
        budget: usize::MAX,
    };
    for row in 0..graph.len() {
        if seen[row] {
            continue;
        }
        options.check_stop()?;
        let can_host = |host: usize| seen[host] && graph.links(host).len() < BASE_LINKS;
        let walk = Walk {
            graph,
            vectors,
            query: vectors.row(row),
        };
        let found = with_scratch(|scratch| walk.search(goal, scratch, can_host));
        if let Some(host) = found.and_then(|hits| hits.first().copied()) {
            let row = u32::try_from(row).expect("rows fit u32");
            let mut places = graph.places(host.row() as usize).iter_mut();
            *places
                .find(|place| **place == NO_LINK)
                .expect("a host has a place left") = row;
            spread(graph, row, &mut seen);
        }
    }
    Ok(())
}

/// Returns how many rows cannot be reached from the entry on the base layer.
pub(super) fn unreachable(graph: &Graph) -> usize {
    graph.len() - reached(graph).1
}
