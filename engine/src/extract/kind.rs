//! The kinds of handlers, as types: they make a parameter in the wrong place a compiler error.

use std::marker::PhantomData;

/// A kind of handler.
pub trait HandlerKind: 'static {
    /// Its name, for errors.
    const NAME: &'static str;
}

/// A handler of an event `E`.
#[derive(Debug)]
pub struct On<E>(PhantomData<fn() -> E>);

impl<E: 'static> HandlerKind for On<E> {
    const NAME: &'static str = "event handler";
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl HandlerKind for $name {
            const NAME: &'static str = $text;
        }
    )* };
}

kinds! {
    /// An action.
    Action = "action";
    /// A validate stage of an action or evaluator.
    Validate = "validate";
    /// A provider.
    Provider = "provider";
    /// A provider that gives a stream; it runs outside of turns.
    Subscription = "subscribing provider";
    /// An evaluator.
    Evaluator = "evaluator";
    /// The batch form of an evaluator; it sees several turns.
    Batch = "batch form of an evaluator";
    /// The start of a service.
    Start = "service";
    /// A model handler.
    ModelHandler = "model handler";
    /// A load or unload hook.
    Hook = "hook";
    /// A storage adapter.
    Storage = "storage adapter";
    /// A route.
    Route = "route";
    /// A task.
    Task = "task";
}

/// Implements `Extract`: `for Type in [kinds]` only there, all other kinds refuse the parameter at compile
/// time; `for Type` everywhere.
macro_rules! extract_for {
    (for $type:ident in [$($kind:ty),*] $(describe $describe:path)?, |$invocation:ident| $body:expr) => {
        $crate::extract::kind::extract_for!(@each [$($kind),*] $type [$($describe)?], |$invocation| $body);
    };
    (@each [$($kind:ty),*] $type:ident $describe:tt, |$invocation:ident| $body:expr) => { $(
        impl<P: $crate::definition::Plugin> $crate::extract::Extract<P, $kind> for $type {
            $crate::extract::kind::extract_for!(@describe $describe);
            $crate::extract::kind::extract_for!(@body |$invocation| $body);
        }
    )* };
    (@describe []) => {};
    (@describe [$describe:path]) => {
        fn describe(signature: &mut $crate::extract::Signature) {
            $describe(signature);
        }
    };
    (for $type:ident $(describe $describe:path)?, |$invocation:ident| $body:expr) => {
        impl<P: $crate::definition::Plugin, K: $crate::extract::HandlerKind> $crate::extract::Extract<P, K> for $type {
            $crate::extract::kind::extract_for!(@describe [$($describe)?]);
            $crate::extract::kind::extract_for!(@body |$invocation| $body);
        }
    };
    (@body |$invocation:ident| $body:expr) => {
        type From = P;
        type Perhaps = P;
        type Permission = ();

        async fn extract(
            $invocation: &$crate::extract::Invocation,
        ) -> Result<Self, $crate::extract::ExtractError> {
            $body
        }
    };
}

pub(crate) use extract_for;
