#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>

#include "tensor/file.h"
#include "tools/profile/page_sections.h"

namespace backlight::tools {
namespace {

// Lines shown around one that has counts.
constexpr int kAround = 2;

// The lines of a source file by their numbers; empty where it is no longer there.
std::vector<std::string> source_of(const std::string& file) {
  std::vector<std::string> lines;
  try {
    const Bytes bytes = read_file(std::string(BACKLIGHT_SOURCE_DIR "/") + file);
    std::istringstream in{std::string(as_text(bytes))};
    for (std::string line; std::getline(in, line);) lines.push_back(line);
  } catch (const Error&) {
    lines.clear();
  }
  return lines;
}

std::string ratio(std::uint64_t is, std::uint64_t of) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", static_cast<double>(is) / static_cast<double>(of));
  return text;
}

std::string thousands(std::uint64_t count) { return count_label(static_cast<std::int64_t>(count)); }

// "shared load 1,024 · 2 passes each, 1 would do"
Markup counts_of(const LineStatistics& line) {
  const Traffic& t = line.traffic;
  Markup out =
      html("<span class=\"count\"><b>{}</b> {}", name_of(line.kind), thousands(t.requests));
  if (t.wavefronts) {
    out += html(" \u00B7 {} {} each", ratio(t.wavefronts, t.requests),
                t.wavefronts == t.requests ? "pass" : "passes");
    if (conflicts(t)) out += html(" <em>{} for conflicts</em>", thousands(conflicts(t)));
  }
  if (t.sectors) {
    out += html(" \u00B7 {} sectors each", ratio(t.sectors, t.requests));
    if (extra_sectors(t)) out += html(" <em>{} for nothing</em>", thousands(extra_sectors(t)));
  }
  return html("{}</span>\n", out);
}

Markup code_row(int number, const std::string& code, const Markup& counts) {
  return html("<div class=\"{}\"><span class=\"number\">{}</span><code>{}</code>{}</div>\n",
              counts.text.empty() ? "code" : "code counted", number, code,
              counts.text.empty() ? counts : html("<span class=\"counts\">{}</span>", counts));
}

// The numbers of the lines to show: those with counts and what is around them.
std::set<int> shown_lines(const std::map<int, Markup>& counts, int last) {
  std::set<int> shown;
  for (const auto& [line, markup] : counts)
    for (int n = std::max(1, line - kAround); n <= std::min(last, line + kAround); ++n)
      shown.insert(n);
  return shown;
}

Markup listing_of_file(const std::string& file, const std::map<int, Markup>& counts) {
  const std::vector<std::string> source = source_of(file);
  Markup rows;
  if (source.empty()) {
    for (const auto& [line, markup] : counts) rows += code_row(line, "", markup);
  } else {
    int previous = 0;
    for (const int n : shown_lines(counts, static_cast<int>(source.size()))) {
      if (previous && n > previous + 1) rows += Markup{"<div class=\"gap\">\u22EE</div>\n"};
      previous = n;
      const auto found = counts.find(n);
      rows += code_row(n, source[static_cast<std::size_t>(n) - 1],
                       found == counts.end() ? Markup{} : found->second);
    }
  }
  return html("<div class=\"listing\" tabindex=\"0\"><div class=\"file\">{}</div>\n{}</div>\n",
              file, rows);
}

}  // namespace

Markup listing(const ProfileRun& run, const std::string& kernel) {
  std::map<std::string, std::map<int, Markup>> files;
  for (const LineStatistics& line : lines_of(run, kernel))
    files[line.file][line.line] += counts_of(line);
  Markup out;
  for (const auto& [file, counts] : files) out += listing_of_file(file, counts);
  return out;
}

}  // namespace backlight::tools
