//! The words of the language as data.
//!
//! Enters: nothing. Leaves: enumerations that know how they are spelled, for the syntax and for all that speaks of it.

macro_rules! spelled {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $text:literal)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($variant),* }

        impl $name {
            #[allow(dead_code)]
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// As written in a program.
            pub fn text(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }

            /// The entry with this spelling; the first where several share it.
            #[allow(unreachable_patterns)]
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some($name::$variant),)* _ => None }
            }
        }
    };
}
pub(crate) use spelled;
