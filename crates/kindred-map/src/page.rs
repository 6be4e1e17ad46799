//! What pages that show a map share: the renderer, and the face that labels are measured with.

use crate::text::{BOLD, REGULAR};

/// The renderer as functions of a script: reading packed papers, the picture on its canvases, colours,
/// marks, labels, flights, input and the histogram of months. It starts nothing of its own.
///
/// A page puts its own script behind it and calls `unpack`, `makeModel`, `makeRenderer` and the
/// rest; the offline page of [`html`](crate::html()) and the served one do.
pub const MAP_SCRIPT: &str = concat!(
    include_str!("../assets/page/shared/model.js"),
    include_str!("../assets/page/shared/colors.js"),
    include_str!("../assets/page/shared/papers.js"),
    include_str!("../assets/page/shared/shade.js"),
    include_str!("../assets/page/shared/overlay.js"),
    include_str!("../assets/page/shared/renderer.js"),
    include_str!("../assets/page/shared/view.js"),
    include_str!("../assets/page/shared/input.js"),
    include_str!("../assets/page/shared/months.js"),
);

/// The face of labels, as weight and bytes of an OpenType file; the script calls it `Map Sans`.
pub const MAP_FACES: [(u16, &[u8]); 2] = [(400, REGULAR), (600, BOLD)];
