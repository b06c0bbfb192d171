//! The store against servers that speak S3: what is put there, what comes back, and what is left when somebody else is
//! there at the same time, a run is killed or an answer is lost.

mod artifacts;
mod documents;
mod leases;
mod scene;
mod trouble;
