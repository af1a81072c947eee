#include <algorithm>
#include <cstdio>
#include <set>

#include "tools/profile/page_sections.h"

namespace backlight::tools {
namespace {

constexpr int kCell = 22, kGutter = 58, kTop = 34, kTallestBar = 72;
constexpr int kWidth = kGutter + static_cast<int>(kBanks) * kCell + 4;

// Lanes from dark blue to yellow: a ramp in lightness, which every eye can tell.
struct Shade {
  int red, green, blue;
};
// `place` is the lane's among those shown, from 0 to 1.
Shade shade_of(double place) {
  constexpr Shade stops[] = {{0, 34, 78},     {53, 69, 108},   {102, 105, 112},
                             {148, 142, 119}, {202, 185, 105}, {254, 232, 56}};
  const double at = place * 5;
  const int i = std::min(4, static_cast<int>(at));
  const double t = at - i;
  const auto mix = [&](int a, int b) { return static_cast<int>(a + t * (b - a) + 0.5); };
  return {mix(stops[i].red, stops[i + 1].red), mix(stops[i].green, stops[i + 1].green),
          mix(stops[i].blue, stops[i + 1].blue)};
}

std::string hex(Shade s) {
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", s.red, s.green, s.blue);
  return text;
}

// "5", or "0+1" where two lanes want the same word, or "32x" for many.
std::string label_of(const BankWord& word) {
  if (word.lanes.size() == 1) return std::to_string(word.lanes.front());
  return std::to_string(word.lanes.size()) + "\u00D7";
}

std::string lanes_of(const BankWord& word) {
  std::string text = word.lanes.size() == 1 ? "lane " : "lanes ";
  for (std::size_t i = 0; i < word.lanes.size(); ++i)
    text += (i ? ", " : "") + std::to_string(word.lanes[i]);
  return text;
}

Markup bank_numbers() {
  Markup out;
  for (int bank = 0; bank < static_cast<int>(kBanks); bank += 4)
    out += html("<text class=\"axis\" x=\"{}\" y=\"{}\">{}</text>\n",
                kGutter + bank * kCell + kCell / 2, kTop - 8, bank);
  return out;
}

Markup word_cell(const BankWord& word, const BankPicture& picture, int y) {
  const int x = kGutter + static_cast<int>(word.bank()) * kCell;
  const int lane = word.lanes.front() - picture.first_lane;
  const Shade shade = shade_of(1.0 * lane / (picture.last_lane - picture.first_lane));
  const bool is_dark = shade.red + shade.green + shade.blue < 380;
  return html(
      "<g><title>bank {}: {}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\" "
      "fill=\"{}\"/><text class=\"{}\" x=\"{}\" y=\"{}\">{}</text></g>\n",
      static_cast<int>(word.bank()), lanes_of(word), x + 1, y + 1, kCell - 2, kCell - 2, hex(shade),
      is_dark ? "lane on-dark" : "lane", x + kCell / 2, y + kCell / 2 + 4, label_of(word));
}

// The height of a word in the bars beneath the banks.
int unit_of(const BankPicture& picture) {
  return std::clamp(kTallestBar / std::max(1, picture.passes()), 2, 7);
}

// A bar beneath each bank that is wanted, a unit for each word.
Markup load_bars(const BankPicture& picture, int y) {
  const int unit = unit_of(picture);
  Markup out;
  for (std::size_t bank = 0; bank < kBanks; ++bank) {
    const int words = picture.in_bank[bank];
    if (!words) continue;
    const int x = kGutter + static_cast<int>(bank) * kCell;
    out += html("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                words > 1 ? "over" : "even", x + 3, y, kCell - 6, words * unit - 1);
    if (words > 1)
      out += html("<text class=\"axis strong\" x=\"{}\" y=\"{}\">{}</text>\n", x + kCell / 2,
                  y + words * unit + 13, words);
  }
  return out;
}

std::string caption_of(const SharedRequest& request, const BankPicture& picture) {
  const std::size_t words = picture.words.size();
  const auto least = (words + kBanks - 1) / kBanks;
  std::string text = str("Lanes ", picture.first_lane, " to ", picture.last_lane, " want ",
                         plural(words, "word"), ". ");
  if (static_cast<std::size_t>(picture.passes()) <= least)
    return text + str("No bank is asked for more than ", plural(least, "word"), ": ",
                      least == 1 ? "one pass serves them all." : "as few passes as can be.");
  text += str("The fullest bank holds ", picture.passes(),
              " of them and gives one a pass, so they "
              "wait for ",
              picture.passes(), " passes where ", least, " would do.");
  if (picture.last_lane - picture.first_lane < 31)
    text += str(" The whole warp needs ", request.wavefronts, ".");
  return text;
}

}  // namespace

Markup bank_figure(const SharedRequest& request, const std::string& title) {
  const BankPicture picture = busiest_group(request);
  std::set<std::uint32_t> rows;
  for (const BankWord& word : picture.words) rows.insert(word.row());
  const std::uint32_t first = rows.empty() ? 0 : *rows.begin();
  const int grid_height = static_cast<int>(rows.size()) * kCell;
  const int bars_top = kTop + grid_height + 10;
  const int height = bars_top + picture.passes() * unit_of(picture) + 20;
  Markup body = bank_numbers();
  for (int bank = 0; bank < static_cast<int>(kBanks); ++bank)
    body += html("<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n",
                 picture.in_bank[static_cast<std::size_t>(bank)] > 1 ? "column crowded" : "column",
                 kGutter + bank * kCell, kTop, kCell, grid_height);
  int y = kTop;
  for (const std::uint32_t row : rows) {
    body += html("<text class=\"row\" x=\"{}\" y=\"{}\">+{}</text>\n", kGutter - 8,
                 y + kCell / 2 + 4, (row - first) * kRowBytes);
    for (const BankWord& word : picture.words)
      if (word.row() == row) body += word_cell(word, picture, y);
    y += kCell;
  }
  body += load_bars(picture, bars_top);
  const std::string caption = caption_of(request, picture);
  return html(
      R"(<figure class="banks">
<figcaption><b>{}</b> {}</figcaption>
<div class="wide" tabindex="0"><svg viewBox="0 0 {} {}" role="img" aria-label="{}">
<text class="row" x="{}" y="{}">bank</text>
{}</svg></div>
</figure>
)",
      title, caption, kWidth, height, caption, kGutter - 8, kTop - 8, body);
}

}  // namespace backlight::tools
