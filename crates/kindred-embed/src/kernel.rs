//! The loops where the time goes, compiled for the vector units that the machine has.
//!
//! `product` multiplies matrices, each kind of number with the best instructions that are there
//! (`amx`, `avx512`, `avx2`, `portable`), and `finish` makes of the sums what is stored. `norm`,
//! `softmax` and `pack` are the steps between products. What is plain Rust is compiled once for
//! each kind of vector unit; what a bench showed to pay is written in intrinsics too
//! (`finish512`, `rows512`), and the tests hold both against each other. The choice is made at
//! run time by [`Instructions`].

#![expect(
    unsafe_code,
    reason = "intrinsics, assembly and functions compiled for a probed CPU feature"
)]
#![expect(
    clippy::inline_always,
    reason = "a body must be compiled for the vector units of its caller"
)]

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod buffer;
mod finish;
#[cfg(target_arch = "x86_64")]
mod finish512;
mod level;
mod math;
#[cfg(target_arch = "x86_64")]
mod math512;
mod norm;
mod pack;
mod portable;
mod product;
mod rows;
#[cfg(target_arch = "x86_64")]
mod rows512;
mod softmax;

use std::cell::RefCell;

pub(crate) use self::buffer::Buffer;
pub(crate) use self::finish::{Finish, Output, Scale, Target};
pub use self::level::{Instructions, InstructionsError};
pub(crate) use self::norm::{Norm, Shift, add_norm, norm_heads};
pub(crate) use self::pack::{
    HeadRows, Weights, pack_brain_columns, pack_brain_rows, pack_columns, pack_rows,
};
pub(crate) use self::product::{LANES, Left, Operand, Panels, Unit, multiply};
pub(crate) use self::rows::{Arithmetic, Inputs, convert, to_halves};
pub(crate) use self::softmax::{Halves, Scores, Sight, softmax};

/// Levels of vector units, as constants of the compiled bodies.
const PORTABLE: usize = 0;
#[cfg(target_arch = "x86_64")]
const AVX2: usize = 2;
#[cfg(target_arch = "x86_64")]
const AVX512: usize = 512;

/// Whether a fused multiply-add is one instruction at a level (else it would be a library call).
const fn fused(level: usize) -> bool {
    level != PORTABLE || cfg!(target_arch = "aarch64")
}

/// The right to use the kernels on this thread, with the best instructions that are allowed.
#[derive(Debug)]
pub(crate) struct Session {
    instructions: Instructions,
    /// Sums of the block that is computed.
    sums: RefCell<Box<product::Block>>,
    /// The tiles of this thread while they are set up.
    #[cfg(target_arch = "x86_64")]
    tiles: Option<amx::Tiles>,
}

impl Session {
    /// Prepares this thread.
    ///
    /// # Panics
    /// If the processor lacks the instructions.
    pub(crate) fn open(instructions: Instructions) -> Self {
        assert!(
            instructions.is_there(),
            "the processor has the instructions"
        );
        Self {
            instructions,
            sums: RefCell::new(Box::new(product::Block::new())),
            #[cfg(target_arch = "x86_64")]
            tiles: (instructions == Instructions::Amx).then(amx::Tiles::set_up),
        }
    }

    /// Returns the instructions.
    pub(crate) fn instructions(&self) -> Instructions {
        self.instructions
    }

    /// Whether a unit can be used here.
    fn allows(&self, unit: Unit) -> bool {
        #[cfg(target_arch = "x86_64")]
        if unit.needs() == Instructions::Amx {
            return self.tiles.is_some();
        }
        unit.needs() <= self.instructions
    }
}

/// Compiles a body for each kind of vector unit and defines the function that chooses among them
/// by its first argument. The body takes the level as a constant.
macro_rules! dispatched {
    ($(#[$attribute:meta])* $visible:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) = $body:ident) => {
        $(#[$attribute])*
        $visible fn $name(instructions: $crate::kernel::Instructions, $($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                use $crate::kernel::{AVX2, AVX512, Instructions};

                #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,fma")]
                fn avx512($($argument: $kind),*) {
                    $body::<AVX512>($($argument),*);
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($argument: $kind),*) {
                    $body::<AVX2>($($argument),*);
                }
                if instructions >= Instructions::Avx512 && Instructions::Avx512.is_there() {
                    // SAFETY: the features that the function was compiled for are there.
                    return unsafe { avx512($($argument),*) };
                }
                if instructions >= Instructions::Avx2 && Instructions::Avx2.is_there() {
                    // SAFETY: the features that the function was compiled for are there.
                    return unsafe { avx2($($argument),*) };
                }
            }
            let _ = instructions;
            $body::<{ $crate::kernel::PORTABLE }>($($argument),*);
        }
    };
}
use dispatched;

#[cfg(test)]
mod tests;
