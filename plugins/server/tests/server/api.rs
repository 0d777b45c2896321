//! The resources of an agent: what is answered, to whom, and what happens to what is wrong.

#[path = "api/approvals.rs"]
mod approvals;
#[path = "api/following.rs"]
mod following;
#[path = "api/participants.rs"]
mod participants;
#[path = "api/plugins.rs"]
mod plugins;
#[path = "api/resources.rs"]
mod resources;
#[path = "api/sending.rs"]
mod sending;
#[path = "api/socket.rs"]
mod socket;
#[path = "api/uploads.rs"]
mod uploads;
#[path = "api/workshop.rs"]
mod workshop;
