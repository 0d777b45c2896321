//! What every agent can do: one file a subject. Models read the doc comments of the actions and of their arguments.

mod choose;
mod contact;
mod follow;
mod ignore;
mod mute;
mod none;
mod reply;
mod role;
mod send;
mod settings;
