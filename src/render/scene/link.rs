//! A link between two panels, one of which reads the other, and the route of its connections.

use super::panel::Panel;

/// Connects the panel `from` to the panel `to`, which reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelLink {
    pub from: usize,
    pub to: usize,
    /// The reading block.
    pub block: usize,
    /// Whether its connections have weights of their own and are drawn one by one, rather than as a band.
    pub weighted: bool,
    pub route: Route,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// From side to side, between neighbours in a row.
    Side,
    /// From the end of a row around to the start of the next.
    Around,
    /// Into the embedding at the turn.
    In,
    /// Out of the embedding at the turn.
    Out,
    /// Over other panels of the same row.
    Over,
    /// To another row.
    Across,
    /// From one node of a graph to another.
    Free,
}

/// The route from one panel to another.
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
