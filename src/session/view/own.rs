//! The user's own input: an image that runs through the network without being trained on.

use super::example::ExampleView;
use super::view::{OwnInput, Viewer};
use crate::data::letters;
use crate::data::{self, Batch, DecodedFile, Frame, encode_png};
use crate::error::{Error, Result};
use crate::shape::Shape;

impl Viewer<'_> {
    /// Shows an image file in place of the example.
    pub fn show_own(&mut self, name: &str, bytes: &[u8]) -> Result<ExampleView> {
        let (shape, options) = (self.own_shape(), self.config.load_options());
        let picture = data::example_from_file(bytes, shape, &options).map_err(|error| error.within(name))?;
        Ok(self.take_own(name, picture))
    }

    /// As [`Viewer::show_own`], for a file that was decoded apart.
    pub fn show_own_decoded(&mut self, name: &str, file: DecodedFile) -> Result<ExampleView> {
        let (shape, options) = (self.own_shape(), self.config.load_options());
        let picture = file.example(shape, &options).map_err(|error| error.within(name))?;
        Ok(self.take_own(name, picture))
    }

    /// Shows a picture that was painted or filmed: RGBA, `width * height * 4` bytes.
    pub fn show_own_pixels(&mut self, name: &str, width: usize, height: usize, rgba: &[u8]) -> Result<ExampleView> {
        let (shape, options) = (self.own_shape(), self.config.load_options());
        let picture =
            data::example_from_rgba(width, height, rgba, shape, &options).map_err(|error| error.within(name))?;
        Ok(self.take_own(name, picture))
    }

    /// The shape in which a picture of one's own is read. Letters are pictures before they are points.
    fn own_shape(&self) -> Shape {
        let input = self.run.network().input();
        match self.run.objective().task.partner() {
            Some(_) => letters::shown_in(input).shape(),
            None => input,
        }
    }

    fn take_own(&mut self, name: &str, (mut pixels, mut frame): (Vec<u8>, Frame)) -> ExampleView {
        let (input, shape) = (self.run.network().input(), self.own_shape());
        if self.run.objective().task.partner().is_some() {
            // Letters are drawn or photographed as ink.
            pixels = letters::field(&pixels, letters::shown_in(input));
        }
        if shape != input {
            pixels = letters::points(&pixels, letters::shown_in(input));
            frame = Frame::whole(input);
        }
        let batch = Batch::of_one(&pixels, input, frame);
        self.view.own = Some(OwnInput { name: name.into(), pixels, batch });
        self.view.code = None;
        self.view.changed();
        self.view()
    }

    /// Whether the own input is shown.
    pub fn shows_own(&self) -> bool {
        self.view.own.is_some()
    }

    /// The own input as a batch of one.
    pub fn own_batch(&self) -> Option<Batch> {
        self.view.own.as_ref().map(|own| own.batch.clone())
    }

    /// Returns to the example that was shown before.
    pub fn leave_own(&mut self) {
        if self.view.own.take().is_some() {
            self.view.code = None;
            self.view.changed();
        }
    }

    /// The shown output, as a PNG.
    pub fn output_png(&mut self) -> Result<Vec<u8>> {
        let Some(shape) = self.run.objective().task.picture_of(self.run.network()) else {
            return Err(Error::expected("output image", "a network that outputs images", "another"));
        };
        let pixels = self.shown_output();
        encode_png(shape.width, shape.height, shape.channels, &pixels)
    }
}
