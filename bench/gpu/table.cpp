#include "bench/gpu/table.h"

#include <cmath>
#include <cstdio>
#include <fstream>

#include "tensor/error.h"

namespace backlight::bench {
namespace {

std::string joined(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      out += ' ';
    else
      out += c;
  }
  return out + "\"";
}

std::string json(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return quoted(*text);
  const double value = std::get<double>(cell);
  if (!std::isfinite(value)) return "null";
  char out[40];
  std::snprintf(out, sizeof out, "%.9g", value);
  return out;
}

std::string json(const Table& table) {
  std::string out = "[";
  for (const auto& row : table.rows) {
    out += &row == &table.rows.front() ? "\n    {" : ",\n    {";
    for (std::size_t i = 0; i < row.size(); ++i)
      out += (i ? ", " : "") + quoted(table.columns[i]) + ": " + json(row[i]);
    out += "}";
  }
  return out + "]";
}

}  // namespace

std::string shown(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const double value = std::get<double>(cell);
  if (!std::isfinite(value)) return "-";
  const double size = std::abs(value);
  const int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  char out[40];
  if (size > 0 && size < 0.01)
    std::snprintf(out, sizeof out, "%.2e", value);
  else
    std::snprintf(out, sizeof out, "%.*f", decimals, value);
  return out;
}

void Table::add(std::vector<Cell> row) {
  require(row.size() == columns.size(), "table ", name, ": a row of ", row.size(),
          " cells does not fit ", columns.size(), " columns");
  if (rows.empty()) {
    std::printf("\n%s\n%s\n", joined(columns).c_str(),
                joined(std::vector<std::string>(columns.size(), "---")).c_str());
  }
  std::vector<std::string> cells;
  for (const Cell& cell : row) cells.push_back(shown(cell));
  std::printf("%s\n", joined(cells).c_str());
  std::fflush(stdout);
  rows.push_back(std::move(row));
}

void write_json(const std::string& path,
                const std::vector<std::pair<std::string, std::string>>& description,
                const std::vector<Table>& tables) {
  std::ofstream file(path);
  file << "{\n  \"description\": {";
  for (std::size_t i = 0; i < description.size(); ++i)
    file << (i ? ", " : "") << quoted(description[i].first) << ": "
         << quoted(description[i].second);
  file << "}";
  for (const Table& table : tables)
    if (!table.rows.empty()) file << ",\n  " << quoted(table.name) << ": " << json(table);
  file << "\n}\n";
  file.close();
  require(file.good(), "could not write ", path, "; choose another --json");
}

}  // namespace backlight::bench
