//! Commands that are one symbol. Tables list a name and what it stands for, in turns.

/// How a symbol stands among its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spacing {
    /// Like a letter.
    Letter,
    /// Between two terms: spaced if the source spaced it.
    Operator,
    /// Between two sides: spaces around it.
    Relation,
}

/// Greek and other letters.
const LETTERS: &str = "\
    alpha α  beta β  gamma γ  delta δ  epsilon ε  varepsilon ε  zeta ζ  eta η  theta θ \
    vartheta ϑ  iota ι  kappa κ  varkappa ϰ  lambda λ  mu μ  nu ν  xi ξ  omicron ο  pi π \
    varpi ϖ  rho ρ  varrho ϱ  sigma σ  varsigma ς  tau τ  upsilon υ  phi φ  varphi φ  chi χ \
    psi ψ  omega ω  Gamma Γ  Delta Δ  Theta Θ  Lambda Λ  Xi Ξ  Pi Π  Sigma Σ  Upsilon Υ  Phi Φ \
    Psi Ψ  Omega Ω  ell ℓ  hbar ℏ  Re ℜ  Im ℑ  aleph ℵ  beth ℶ  wp ℘  imath ı  jmath ȷ \
    partial ∂  nabla ∇  infty ∞  emptyset ∅  varnothing ∅  forall ∀  exists ∃  nexists ∄  neg ¬ \
    lnot ¬  top ⊤  bot ⊥  angle ∠  triangle △  Box □  square □  diamond ⋄  Diamond ◇  bullet • \
    star ⋆  prime ′  degree °  dagger †  dag †  ddagger ‡  ddag ‡  ldots …  dots …  dotsc … \
    cdots ⋯  dotsb ⋯  vdots ⋮  ddots ⋱  sum ∑  prod ∏  coprod ∐  int ∫  iint ∬  iiint ∭  oint ∮ \
    bigcup ⋃  bigcap ⋂  bigoplus ⨁  bigotimes ⨂  bigvee ⋁  bigwedge ⋀  langle ⟨  rangle ⟩ \
    lceil ⌈  rceil ⌉  lfloor ⌊  rfloor ⌋  lbrace {  rbrace }  lbrack [  rbrack ]  lvert | \
    rvert |  vert |  lVert ‖  rVert ‖  Vert ‖  backslash \\  odot ⊙  Sun ☉  astrosun ☉  oplus ⊕ \
    hslash ℏ  AA Å  checkmark ✓  colon :  sharp ♯  flat ♭  natural ♮  complement ∁  eth ð  S § \
    micro µ";

/// Binary operators.
const OPERATORS: &str = "\
    times ×  div ÷  pm ±  mp ∓  cdot ·  ast ∗  circ ∘  otimes ⊗  ominus ⊖  oslash ⊘  wedge ∧ \
    land ∧  vee ∨  lor ∨  cap ∩  cup ∪  sqcup ⊔  sqcap ⊓  uplus ⊎  setminus ∖  smallsetminus ∖ \
    wr ≀  ltimes ⋉  rtimes ⋊  boxtimes ⊠  boxplus ⊞  amalg ⨿";

/// Relations and arrows.
const RELATIONS: &str = "\
    le ≤  leq ≤  leqslant ≤  ge ≥  geq ≥  geqslant ≥  lt <  gt >  ll ≪  gg ≫  ne ≠  neq ≠  sim ∼ \
    simeq ≃  approx ≈  cong ≅  equiv ≡  propto ∝  asymp ≍  doteq ≐  triangleq ≜  coloneqq ≔ \
    lesssim ≲  gtrsim ≳  prec ≺  succ ≻  preceq ⪯  succeq ⪰  in ∈  ni ∋  notin ∉  subset ⊂ \
    supset ⊃  subseteq ⊆  supseteq ⊇  subsetneq ⊊  supsetneq ⊋  sqsubseteq ⊑  sqsupseteq ⊒ \
    mid |  nmid ∤  parallel ∥  perp ⊥  vdash ⊢  models ⊨  vDash ⊨  to →  rightarrow → \
    longrightarrow ⟶  leftarrow ←  gets ←  longleftarrow ⟵  leftrightarrow ↔  Rightarrow ⇒ \
    implies ⟹  Longrightarrow ⟹  Leftarrow ⇐  Leftrightarrow ⇔  iff ⟺  mapsto ↦  longmapsto ⟼ \
    hookrightarrow ↪  hookleftarrow ↩  rightharpoonup ⇀  rightleftharpoons ⇌  uparrow ↑ \
    downarrow ↓  updownarrow ↕  nearrow ↗  searrow ↘  rightsquigarrow ⇝  leadsto ⇝ \
    twoheadrightarrow ↠  trianglelefteq ⊴  bowtie ⋈";

/// Functions, whose names are upright.
const FUNCTIONS: &str = "\
    arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim \
    liminf limsup ln log max min sec sin sinh sup tan tanh Pr bmod mod";

/// Accents on formulas and their combining characters.
const ACCENTS: &str = "\
    hat \u{302}  widehat \u{302}  tilde \u{303}  widetilde \u{303}  bar \u{304} \
    overline \u{304}  vec \u{20d7}  dot \u{307}  ddot \u{308}  check \u{30c}  acute \u{301} \
    grave \u{300}  breve \u{306}  mathring \u{30a}  underline \u{331}";

/// Relations with a negated form.
const NEGATED: &str = "\
    = ≠  ∈ ∉  ∋ ∌  ⊂ ⊄  ⊆ ⊈  ≡ ≢  ∼ ≁  ≅ ≇  ≈ ≉  ≤ ≰  ≥ ≱  | ∤  ∥ ∦  ∃ ∄  < ≮  > ≯  → ↛  ⇒ ⇏";

/// Returns the symbol of a command and how it is spaced.
pub(super) fn symbol(name: &str) -> Option<(&'static str, Spacing)> {
    [
        (LETTERS, Spacing::Letter),
        (OPERATORS, Spacing::Operator),
        (RELATIONS, Spacing::Relation),
    ]
    .into_iter()
    .find_map(|(table, spacing)| Some((found(table, name)?, spacing)))
}

/// Whether a command is the name of a function.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.split(' ').any(|function| function == name)
}

/// Returns the combining character of an accent.
pub(super) fn accent(name: &str) -> Option<&'static str> {
    found(ACCENTS, name)
}

/// Returns the negated form of a relation.
pub(super) fn negated(relation: &str) -> Option<&'static str> {
    found(NEGATED, relation)
}

/// Looks a name up in a table of names, each followed by what it stands for.
pub(super) fn found(table: &'static str, name: &str) -> Option<&'static str> {
    let mut words = table.split_whitespace();
    while let (Some(command), Some(value)) = (words.next(), words.next()) {
        if command == name {
            return Some(value);
        }
    }
    None
}
