// The benchmark's results: Markdown for bench/RESULTS.md, JSON for programs.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace backlight::bench {

using Cell = std::variant<std::string, double>;

struct Table {
  std::string name;  // of one word, for the JSON file
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;

  // Adds a row and prints it, after the heading if it is the first. Errors: a row of another
  // length.
  void add(std::vector<Cell> row);
};

// Three significant digits; "-" for what is not a number: nothing was measured.
std::string shown(const Cell& cell);

// {"description": {...}, "<table>": [{"<column>": value, ...}, ...], ...}; NaN becomes null.
// Errors: the file cannot be written.
void write_json(const std::string& path,
                const std::vector<std::pair<std::string, std::string>>& description,
                const std::vector<Table>& tables);

}  // namespace backlight::bench
