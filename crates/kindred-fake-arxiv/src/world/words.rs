//! Words by subject, so that the categories of papers and their texts go together.

use crate::taxonomy;

/// What papers of a subject are about.
pub(super) struct Subject {
    /// Categories whose papers draw from it: exact names, or archives.
    pub(super) of: &'static [&'static str],
    /// What is studied.
    pub(super) things: &'static [&'static str],
    /// How it is studied.
    pub(super) methods: &'static [&'static str],
    /// Where it is studied.
    pub(super) settings: &'static [&'static str],
    /// What it is like.
    pub(super) qualities: &'static [&'static str],
}

/// The subjects; the last one takes everything that no other names.
const SUBJECTS: [Subject; 7] = [
    Subject {
        of: &[
            "cs.DC", "cs.NI", "cs.OS", "cs.PF", "cs.AR", "cs.DB", "cs.SE", "cs.PL",
        ],
        things: &[
            "consensus protocols",
            "task scheduling",
            "cache coherence",
            "stream processing",
            "key-value stores",
            "container orchestration",
            "checkpointing",
            "message brokers",
            "transaction logs",
            "collective communication",
        ],
        methods: &[
            "work stealing",
            "lease-based replication",
            "vector clocks",
            "speculative execution",
            "one-sided writes",
            "batched quorums",
            "deterministic replay",
        ],
        settings: &[
            "edge clusters",
            "geo-replicated data centres",
            "exascale machines",
            "serverless platforms",
            "many-core processors",
            "disaggregated memory",
        ],
        qualities: &[
            "fault-tolerant",
            "low-latency",
            "elastic",
            "lock-free",
            "energy-aware",
            "scalable",
        ],
    },
    Subject {
        of: &[
            "stat", "cs.LG", "cs.AI", "cs.CL", "cs.CV", "cs.NE", "eess", "q-bio",
        ],
        things: &[
            "variational inference",
            "language models",
            "kernel regression",
            "representation learning",
            "conformal prediction",
            "graph neural networks",
            "causal discovery",
            "diffusion models",
            "bandit algorithms",
            "image segmentation",
        ],
        methods: &[
            "contrastive objectives",
            "Gaussian processes",
            "stochastic gradients",
            "importance weighting",
            "attention layers",
            "posterior sampling",
            "data augmentation",
        ],
        settings: &[
            "small samples",
            "distribution shift",
            "high dimensions",
            "clinical records",
            "noisy labels",
            "federated data",
        ],
        qualities: &[
            "calibrated",
            "self-supervised",
            "robust",
            "sample-efficient",
            "doubly robust",
            "sparse",
        ],
    },
    Subject {
        of: &["math.NA", "math.AP", "math.OC", "cs.CE", "cs.MS"],
        things: &[
            "finite element methods",
            "multigrid solvers",
            "time integrators",
            "preconditioners",
            "matrix functions",
            "boundary integral equations",
            "interior point methods",
            "discontinuous Galerkin schemes",
            "low-rank approximation",
        ],
        methods: &[
            "a posteriori error estimates",
            "Krylov subspaces",
            "exponential splitting",
            "adaptive refinement",
            "randomized sketching",
            "inf-sup arguments",
        ],
        settings: &[
            "the Helmholtz equation",
            "saddle point systems",
            "incompressible flow",
            "fractional diffusion",
            "stiff systems",
            "unbounded domains",
        ],
        qualities: &[
            "high-order",
            "unconditionally stable",
            "structure-preserving",
            "matrix-free",
            "optimal",
            "parallel-in-time",
        ],
    },
    Subject {
        of: &[
            "hep-th", "hep-ph", "hep-lat", "hep-ex", "gr-qc", "math-ph", "nucl-th", "nucl-ex",
        ],
        things: &[
            "conformal blocks",
            "black hole entropy",
            "scattering amplitudes",
            "gauge theories",
            "string compactifications",
            "axion inflation",
            "holographic duals",
            "instantons",
            "soft theorems",
            "lattice actions",
        ],
        methods: &[
            "supersymmetric localization",
            "the conformal bootstrap",
            "worldsheet methods",
            "large-$N$ expansion",
            "unitarity cuts",
            "renormalization group flow",
        ],
        settings: &[
            "anti-de Sitter space",
            "four dimensions",
            "flat backgrounds",
            "the early universe",
            "$AdS_5 \\times S^5$",
            "finite temperature",
        ],
        qualities: &[
            "non-perturbative",
            "holographic",
            "chiral",
            "extremal",
            "supersymmetric",
            "anomalous",
        ],
    },
    Subject {
        of: &["astro-ph"],
        things: &[
            "fast radio bursts",
            "galaxy clusters",
            "exoplanet atmospheres",
            "stellar winds",
            "weak lensing",
            "supernova remnants",
            "protoplanetary discs",
        ],
        methods: &[
            "spectral stacking",
            "radial velocities",
            "hydrodynamic simulations",
            "photometric redshifts",
            "light-curve fitting",
        ],
        settings: &[
            "the Milky Way",
            "the local universe",
            "deep survey fields",
            "dwarf galaxies",
            "nearby M dwarfs",
        ],
        qualities: &[
            "metal-poor",
            "variable",
            "dust-obscured",
            "high-redshift",
            "compact",
        ],
    },
    Subject {
        of: &["cond-mat", "quant-ph", "physics", "nlin"],
        things: &[
            "topological insulators",
            "quantum error correction",
            "spin liquids",
            "optical lattices",
            "moire superlattices",
            "entanglement growth",
            "active matter",
            "Josephson junctions",
        ],
        methods: &[
            "tensor networks",
            "quantum Monte Carlo",
            "neutron scattering",
            "dynamical mean-field theory",
            "transport measurements",
        ],
        settings: &[
            "twisted bilayers",
            "ultracold gases",
            "strong magnetic fields",
            "open systems",
            "thin films",
        ],
        qualities: &[
            "frustrated",
            "dissipative",
            "anisotropic",
            "non-Hermitian",
            "driven",
        ],
    },
    Subject {
        of: &[],
        things: &[
            "moduli spaces",
            "random graphs",
            "prime gaps",
            "operator algebras",
            "mapping class groups",
            "market impact",
            "ergodic averages",
            "Hodge structures",
        ],
        methods: &[
            "spectral sequences",
            "sieve methods",
            "martingale arguments",
            "derived categories",
            "probabilistic constructions",
        ],
        settings: &[
            "positive characteristic",
            "hyperbolic surfaces",
            "bounded domains",
            "discrete groups",
            "thin markets",
        ],
        qualities: &["rigid", "effective", "equivariant", "ergodic", "uniform"],
    },
];

/// The subject of a category.
pub(super) fn subject_of(category: &str) -> &'static Subject {
    SUBJECTS
        .iter()
        .find(|subject| subject.of.contains(&category))
        .or_else(|| {
            SUBJECTS
                .iter()
                .find(|subject| subject.of.contains(&taxonomy::archive(category)))
        })
        .unwrap_or(&SUBJECTS[SUBJECTS.len() - 1])
}

/// Given names, as `arXivRaw` prints them.
pub(super) const GIVEN: [&str; 22] = [
    "Anna",
    "Ben",
    "Chen",
    "D. A.",
    "Elif",
    "Fatima",
    "G.",
    "Haruki",
    "Ivan",
    r"Jos\'e",
    "Kim-Anh",
    "Lea",
    "M. R.",
    "Noor",
    r"Ren\'e",
    "Priya",
    "Q.",
    "Rosa",
    "\u{141}ukasz",
    "Tom\u{e1}\u{161}",
    "Uma",
    "\u{6797}",
];

/// Family names, as `arXivRaw` prints them.
pub(super) const FAMILY: [&str; 24] = [
    "Abe",
    r#"B\"ohm"#,
    "Costa",
    r"D\'iaz",
    "Evans",
    "Fischer",
    r"Garc\'ia",
    "Hughes",
    "Ito",
    "Jones",
    "Kowalski",
    "Li",
    r#"M\"uller"#,
    "Nakamura",
    "O'Brien",
    r"Pe\~na",
    "Quist",
    r"Ros\'{a}n",
    "Smith",
    r"S{\o}rensen",
    "van der Berg",
    "Wei\u{df}",
    "\u{17b}\u{f3}\u{142}ty",
    "\u{660e}",
];

/// Institutes, for affiliations.
pub(super) const INSTITUTES: [&str; 5] = [
    "University of Sampletown",
    "Institute for Examples, Berlin",
    "Loopback Laboratory",
    "Example Tech",
    "Dept. of Tests",
];

/// Licences, as arXiv names them.
pub(super) const LICENSES: [&str; 4] = [
    "http://arxiv.org/licenses/nonexclusive-distrib/1.0/",
    "http://creativecommons.org/licenses/by/4.0/",
    "http://creativecommons.org/licenses/by-nc-sa/4.0/",
    "http://creativecommons.org/publicdomain/zero/1.0/",
];

/// Journals, for references.
pub(super) const JOURNALS: [&str; 5] = [
    "J. Sample Res.",
    "Ann. Examples",
    "Proc. Loopback Soc. A",
    "Test Lett. B",
    "Trans. Fixtures & Fakes",
];
