//! The rules, observed from outside: tables of cases, and whole worlds in memory that must come to rest.

mod admission;
mod admission_promotion;
mod availability;
mod explain;
mod project;
mod promotion;
mod properties;
mod stage;
mod warehouse;
mod world;
