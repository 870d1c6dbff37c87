//! What makes a Rust struct a Kubernetes kind: its coordinates, and JSON that carries `apiVersion` and `kind`.

/// API group of every Kargo kind.
pub const GROUP: &str = "kargo.akuity.io";
/// Version of every Kargo kind.
pub const VERSION: &str = "v1alpha1";
/// `apiVersion` of every Kargo kind.
pub const API_VERSION: &str = "kargo.akuity.io/v1alpha1";

/// Whether a field is left out of the JSON: absent options, empty lists and empty maps are.
pub(crate) trait Absent {
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// Implements `kube::Resource` and `Serialize` for a struct whose fields are listed with their JSON names.
/// `..field` names the map that holds fields we do not know.
macro_rules! kind {
    (
        $kind:ident, $scope:ident, $plural:literal, $group:literal,
        { $($json:literal => $field:ident),* $(,)? $(, ..$rest:ident)? }
    ) => {
        impl kube::Resource for $kind {
            type DynamicType = ();
            type Scope = kube::core::$scope;

            fn kind((): &()) -> std::borrow::Cow<'_, str> {
                stringify!($kind).into()
            }
            fn group((): &()) -> std::borrow::Cow<'_, str> {
                $group.into()
            }
            fn version((): &()) -> std::borrow::Cow<'_, str> {
                crate::kind::VERSION.into()
            }
            fn plural((): &()) -> std::borrow::Cow<'_, str> {
                $plural.into()
            }
            fn meta(&self) -> &crate::ObjectMeta {
                &self.metadata
            }
            fn meta_mut(&mut self) -> &mut crate::ObjectMeta {
                &mut self.metadata
            }
        }

        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use crate::kind::Absent as _;
                use serde::ser::SerializeMap as _;
                let mut object = serializer.serialize_map(None)?;
                object.serialize_entry("apiVersion", concat!($group, "/v1alpha1"))?;
                object.serialize_entry("kind", stringify!($kind))?;
                object.serialize_entry("metadata", &self.metadata)?;
                $(if !self.$field.is_absent() {
                    object.serialize_entry($json, &self.$field)?;
                })*
                $(for (key, value) in &self.$rest {
                    if key != "apiVersion" && key != "kind" {
                        object.serialize_entry(key, value)?;
                    }
                })?
                object.end()
            }
        }
    };
    ($kind:ident, $scope:ident, $plural:literal, $fields:tt) => {
        crate::kind::kind!($kind, $scope, $plural, "kargo.akuity.io", $fields);
    };
}
pub(crate) use kind;

/// Implements [`Absent`] for types that are always written, and `new` for kinds made of a name and a spec.
macro_rules! spec {
    ($kind:ident, $spec:ident, required) => {
        impl crate::kind::Absent for $spec {}
        crate::kind::spec!(@new $kind, $spec, |spec| spec);
    };
    ($kind:ident, $spec:ident, optional) => {
        crate::kind::spec!(@new $kind, $spec, |spec| Some(spec));
    };
    (@new $kind:ident, $spec:ident, |$name:ident| $value:expr) => {
        impl $kind {
            /// An object of this kind with this name and spec, and nothing else.
            pub fn new(name: &str, $name: $spec) -> Self {
                Self {
                    metadata: crate::ObjectMeta { name: Some(name.to_owned()), ..Default::default() },
                    spec: $value,
                    ..Default::default()
                }
            }
        }
    };
}
pub(crate) use spec;
