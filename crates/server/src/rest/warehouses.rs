//! `…/warehouses`.

use api::Warehouse;
use api::rest::ObjectList;

use crate::kubernetes::{Resource, WAREHOUSES};
use crate::operation::{Operation, operation};
use crate::rest::objects::{Kind, Name};

impl Kind for Warehouse {
    const RESOURCE: Resource = WAREHOUSES;
    const NAME: Name = Name::Parameter("warehouse");
}

pub(crate) const DELETE: Operation =
    operation("DeleteWarehouse", "Delete a Warehouse.").answers_nothing();
pub(crate) const GET: Operation =
    operation("GetWarehouse", "One Warehouse.").answers::<Warehouse>().watched::<Warehouse>();
pub(crate) const LIST: Operation = operation("ListWarehouses", "Warehouses of a Project.")
    .answers::<ObjectList<Warehouse>>()
    .watched::<Warehouse>();
pub(crate) const REFRESH: Operation =
    operation("RefreshWarehouse", "Look at the repositories now.").answers::<Warehouse>();
