//! A link: one panel reads another, along a way that their places allow.

use super::panel::Panel;

/// One panel reads another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelLink {
    pub from: usize,
    pub to: usize,
    /// The reading block.
    pub block: usize,
    /// Whether its connections have weights of their own: they are drawn one by one, others as a band.
    pub weighted: bool,
    pub route: Route,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Neighbours in a row: from side to side.
    Side,
    /// From the end of a row around to the start of the next.
    Around,
    /// Into the embedding at the turn, and out of it.
    In,
    Out,
    /// Past others in the same row, over their heads.
    Over,
    /// To another row.
    Across,
    /// From one node of a graph to another.
    Free,
}

/// The way from one panel to another.
pub fn route(panels: &[Panel], from: usize, to: usize) -> Route {
    match (panels[from].row, panels[to].row) {
        (None, _) => Route::Out,
        (_, None) => Route::In,
        (Some(a), Some(b)) if a == b && from + 1 == to => Route::Side,
        (Some(a), Some(b)) if a == b => Route::Over,
        _ if from + 1 == to => Route::Around,
        _ => Route::Across,
    }
}
