use galatea::prelude::*;

/// A plugin.
#[plugin("one")]
pub struct One;

/// Another.
#[plugin("two")]
pub struct Two;

compose!(
    pub struct NoDoc = "Not A Name", [One, Two, One];
);

compose!(
    /// Of itself.
    pub struct Ring = "ring", [Ring, One];
);

compose!(
    /// Of one.
    pub struct Lonely = "lonely", [One];
);

compose!(
    /// Not of plugins.
    pub struct Wrong = "wrong", [One, String];
);

compose!(
    /// Not written as it should be.
    pub struct Malformed("malformed", [One, Two]);
);

fn main() {}
