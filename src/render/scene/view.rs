//! The view: which part of the scene is shown, how large, and how.
//!
//! pixel = (scene - (left, top)) * scale

use super::choice::{By, Mode, Theme};
use super::geometry::{Neuron, Rect};
use super::whole::Scene;

/// Default for the number of connections that are drawn.
pub const CONNECTIONS: usize = 2_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Viewport {
    /// Size of the picture in device pixels.
    pub width: u32,
    pub height: u32,
    /// Device pixels per scene unit.
    pub scale: f32,
    /// The scene point at the picture's top left corner.
    pub left: f32,
    pub top: f32,
    /// Device pixels per CSS pixel, so that text and hairlines have the same size on dense screens.
    pub ratio: f32,
    pub theme: Theme,
    pub mode: Mode,
    /// At most this many connections are drawn, the strongest first; 0 draws none.
    pub connections: usize,
    /// The measure of a connection's strength.
    pub by: By,
    /// Connections weaker than this share of the strongest between the same layers are not drawn, 0..=1.
    pub cut: f32,
    /// Whether the colour scale is drawn in the corner.
    pub legend: bool,
    /// A neuron to highlight, with its connections.
    pub highlight: Option<Neuron>,
    /// Selected neurons, which are marked.
    pub selected: Vec<Neuron>,
    /// Selected connections, which are marked: source and target.
    pub selected_connections: Vec<(Neuron, Neuron)>,
}

impl Viewport {
    /// A view of the whole scene, centred in the picture. A small scene is not magnified beyond [`Self::MOST_FIT`].
    pub fn fit(scene: &Scene, width: u32, height: u32) -> Self {
        let (scene_width, scene_height) = scene.size();
        let scale = (width as f32 / scene_width).min(height as f32 / scene_height).clamp(1e-3, Self::MOST_FIT);
        let mut view = Self {
            width,
            height,
            scale,
            left: 0.0,
            top: 0.0,
            ratio: 1.0,
            theme: Theme::Light,
            mode: Mode::Activation,
            connections: CONNECTIONS,
            by: By::Weight,
            cut: 0.0,
            legend: true,
            highlight: None,
            selected: Vec::new(),
            selected_connections: Vec::new(),
        };
        view.clamp(scene);
        view
    }

    const MOST_FIT: f32 = 3.0;
    /// Largest size of a scene unit in CSS pixels.
    const MOST_SCALE: f32 = 200.0;

    pub fn scene_from_pixel(&self, pixel_x: f32, pixel_y: f32) -> (f32, f32) {
        (self.left + pixel_x / self.scale, self.top + pixel_y / self.scale)
    }

    pub fn pixel_from_scene(&self, scene_x: f32, scene_y: f32) -> (f32, f32) {
        ((scene_x - self.left) * self.scale, (scene_y - self.top) * self.scale)
    }

    pub fn pixel_rect(&self, scene: &Rect) -> Rect {
        let (left, top) = self.pixel_from_scene(scene.left, scene.top);
        Rect::from_ltwh(left, top, scene.width * self.scale, scene.height * self.scale)
    }

    /// Zooms by `factor` about a pixel: the scene point under it stays in place.
    pub fn zoom_about(&mut self, scene: &Scene, pixel_x: f32, pixel_y: f32, factor: f32) {
        let (scene_x, scene_y) = self.scene_from_pixel(pixel_x, pixel_y);
        let least = Self::fit(scene, self.width, self.height).scale * 0.5;
        self.scale = (self.scale * factor).clamp(least, (Self::MOST_SCALE * self.ratio).max(least));
        self.left = scene_x - pixel_x / self.scale;
        self.top = scene_y - pixel_y / self.scale;
        self.clamp(scene);
    }

    /// Moves the scene by this many pixels.
    pub fn pan(&mut self, scene: &Scene, pixels_x: f32, pixels_y: f32) {
        self.left -= pixels_x / self.scale;
        self.top -= pixels_y / self.scale;
        self.clamp(scene);
    }

    /// Keeps the scene in sight. Along an axis on which all of it fits it is centred; otherwise its edge moves no
    /// further than to the middle of the picture.
    pub fn clamp(&mut self, scene: &Scene) {
        let (scene_width, scene_height) = scene.size();
        self.left = clamped(self.left, self.width as f32 / self.scale, scene_width);
        self.top = clamped(self.top, self.height as f32 / self.scale, scene_height);
    }
}

fn clamped(start: f32, seen: f32, whole: f32) -> f32 {
    if whole <= seen * 1.0001 { (whole - seen) / 2.0 } else { start.clamp(-seen / 2.0, whole - seen / 2.0) }
}
