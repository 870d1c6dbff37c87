//! What should happen next, decided without touching the outside world.
