// The figures of the homework, in English: the font of the figures has no Chinese.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/figure/contact_sheet.h"
#include "tools/figure/figure.h"
#include "tools/homework/measures.h"
#include "tools/homework/study.h"

namespace backlight::tools {

// A map in its colours; a picture as it is.
MapPanel map_panel(const Tensor& values, const std::string& title, const std::string& caption);
MapPanel picture_panel(const Image& picture, const std::string& title, const std::string& caption,
                       const std::string& legend);

// Photo n, named by its number and target, and the panels beside it.
Image photo_figure(const Study& study, std::size_t n, const std::vector<MapPanel>& panels);

// A row of a sheet with a column for each photo: what it shows of photo n.
struct PhotoRow {
  std::string label;
  std::function<SheetCell(std::size_t n)> cell;
};
// All photos side by side, first as they are.
Image photo_sheet(const Study& study, const std::string& title, const std::string& caption,
                  const std::vector<PhotoRow>& rows);

// Pictures under each other, on white.
Image stacked(const std::vector<Image>& pictures);

// The photo in pale grey with these pixels in vermilion, and two boxes: the ninth of the picture
// that has most of them, and the middle 80 % of them in either direction.
Image bright_picture(const Image& photo, const Bright& bright);
// What it shows, for a legend.
std::string bright_legend(double share);

// A map of red, green and blue as colours: as the values are, clamped to [0, 1], or from the least
// to the largest.
Image color_picture(const Tensor& map, bool stretched);

}  // namespace backlight::tools
