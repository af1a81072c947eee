// Contact sheets: many small pictures in rows and columns, with their names.
#pragma once

#include <string>
#include <vector>

#include "tools/figure/canvas.h"

namespace backlight::tools {

struct SheetCell {
  Image picture;  // without pixels: a cell that stays empty
  std::string caption;
};

// A row of pictures, one a column, and what they have in common: a picture at their left or,
// without one, words alone.
struct SheetRow {
  Image picture;
  std::string label;
  std::vector<SheetCell> cells;
};

struct SheetSection {
  std::string title, caption;
  std::vector<std::string> columns;
  std::vector<SheetRow> rows;
};

// The sections under each other on white, of each as many columns a band as fit. Pictures are drawn
// 128 pixels wide or high; text that does not fit is shortened. Errors: no picture at all, a row
// whose cells are not one a column.
Image contact_sheet(const std::string& title, const std::vector<SheetSection>& sections);

}  // namespace backlight::tools
