//! A Kubernetes API inside the process. Generic: knows nothing of Kargo's kinds.
