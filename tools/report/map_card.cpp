#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "tools/figure/heat_map.h"
#include "tools/report/outline.h"
#include "tools/report/sections.h"

namespace backlight::tools {
namespace {

// A setting's name as people write it: "noise_level" is "noise level".
std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string setting_text(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_float()) {
    const double number = value.get<double>();
    return std::isfinite(number) ? number_label(number) : "not a number";
  }
  if (value.is_null()) return "\u2013";
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The entries of an object as rows of a definition list.
Markup definitions(const nlohmann::json& object) {
  Markup rows;
  if (!object.is_object()) return rows;
  for (const auto& [name, value] : object.items())
    if (name != "ok")
      rows += html("<div><dt>{}</dt><dd>{}</dd></div>\n", spaced(name), setting_text(value));
  return rows;
}

// Over the map of a demo scene: the food's outline, and a ring around the place it points to.
Markup outlines(const ExplainedPhoto& photo, const MapResult& map, const HeatMap& heat,
                std::size_t number) {
  if (photo.mask.empty()) return {};
  Markup ring;
  const auto place = map.score ? largest_place(map.at_size_of(photo.photo)) : std::nullopt;
  if (place) {
    const std::string x = decimal_label((place->x + 0.5) * photo.photo.width / heat.width);
    const std::string y = decimal_label((place->y + 0.5) * photo.photo.height / heat.height);
    for (const char* stroke : {"halo", "line"})
      ring += html(R"(<use class="{} peak" href="#ring" x="{}" y="{}"/>)", stroke, x, y);
  }
  return html(
      R"(<svg viewBox="0 0 {} {}" aria-hidden="true"><use class="halo food" href="#food-{}"/>)"
      R"(<use class="line food" href="#food-{}"/>{}</svg>)",
      photo.photo.width, photo.photo.height, number, number, ring);
}

// The map in its colours, a pixel for a value.
Markup picture(const Run& run, const ExplainedPhoto& photo, const MapResult& map,
               const HeatMap& heat, std::size_t number) {
  return html(R"(<div class="stack {}"><img class="heat" src="{}" width="{}" height="{}" )"
              R"(alt="{} of {} for {}, as a heat map">{}</div>)",
              heat.is_signed ? "signed" : "unsigned",
              data_url(heat_picture(heat, heat.width, heat.height)), heat.width, heat.height,
              map.title, photo.stem, class_name(run, photo.target),
              outlines(photo, map, heat, number));
}

// The picture of a method that draws its own, with what it shows.
Markup drawing(const Run& run, const ExplainedPhoto& photo, const MapResult& map) {
  const Image& image = map.drawing->image;
  return html(R"(<div class="stack"><img class="drawing" src="{}" width="{}" height="{}" )"
              R"(alt="{} of {} for {}"></div><p class="scale-note">{}</p>)",
              data_url(image), image.width, image.height, map.title, photo.stem,
              class_name(run, photo.target), map.drawing->legend);
}

Markup scale(const HeatMap& heat, const MethodText* text) {
  if (heat.limit == 0) return html(R"(<p class="scale-note">Every pixel is 0.</p>)");
  const char* clipped = heat.largest > heat.limit ? "\u2265\u00A0" : "";
  const std::string end = number_label(heat.limit);
  Markup out;
  if (heat.is_signed)
    out = html(
        R"(<div class="scale diverging"><i></i><span>{}</span><span>0</span><span>{}</span></div>)",
        (*clipped ? "\u2264\u00A0" : "") + number_label(-heat.limit), clipped + end);
  else
    out = html(R"(<div class="scale sequential"><i></i><span>0</span><span>{}</span></div>)",
               clipped + end);
  if (heat.is_signed)
    out += html(
        R"(<p class="scale-note"><b class="red">Red:</b> {}; <b class="blue">blue:</b> {}.</p>)",
        text ? text->above : "above zero", text ? text->below : "below zero");
  else
    out += html(R"(<p class="scale-note">The lighter, the more {}.</p>)",
                text ? text->above : "the pixel counts");
  return out;
}

Markup score_line(const MapResult& map) {
  if (!map.score) return {};
  const bool hit = map.score->pointing_hit;
  return html(
      R"(<p class="score"><span class="{}"><b aria-hidden="true">{}</b> {}</span> )"
      R"(<span class="inside"><span class="bar" style="{}"></span>{} on the food</span></p>)",
      hit ? "good" : "bad", hit ? "\u2713" : "\u2717", hit ? "hit" : "miss",
      bar_style(map.score->mass_inside), percent(map.score->mass_inside));
}

// The check in words, marked by what the method says of it: checks["ok"].
Markup check_line(const MapResult& map) {
  if (map.check_text.empty()) return {};
  const auto ok = map.checks.is_object() ? map.checks.find("ok") : map.checks.end();
  const bool judged = ok != map.checks.end() && ok->is_boolean();
  const char* kind = !judged ? "note" : ok->get<bool>() ? "good" : "attention";
  const char* mark = !judged ? "i" : ok->get<bool>() ? "\u2713" : "!";
  const char* words = !judged ? "Check" : ok->get<bool>() ? "Check passed" : "Look at this check";
  return html(
      R"(<p class="check {}"><b aria-hidden="true">{}</b><span><strong>{}:</strong> {}</span></p>)",
      kind, mark, words, map.check_text);
}

// The first column names the row, the others hold numbers.
Markup table(const MapResult& map) {
  if (!map.table) return {};
  Markup head, body;
  for (const std::string& column : map.table->columns) head += html("<th>{}</th>", column);
  for (const std::vector<std::string>& row : map.table->rows) {
    Markup cells;
    for (std::size_t i = 0; i < row.size(); ++i)
      cells += i == 0 ? html("<th>{}</th>", row[i]) : html("<td>{}</td>", row[i]);
    body += html("<tr>{}</tr>\n", cells);
  }
  return html(R"(<div class="rows"><table><caption>{}</caption><thead><tr>{}</tr></thead>
<tbody>{}</tbody></table></div>
)",
              map.table->caption, head, body);
}

Markup files(const MapResult& map) {
  Markup links;
  for (const std::string& name : {map.npy_file, map.png_file})
    if (!name.empty()) links += html("<a href=\"{}\"><bdi>{}</bdi></a> ", link_to(name), name);
  if (links.text.empty()) return {};
  return html(R"(<p class="files">Files: {}</p>)", links);
}

Markup details(const MapResult& map, const MethodText* text, bool open) {
  Markup body;
  if (text)
    body +=
        html(R"(<p>{} <a class="paper" href="{}" rel="noreferrer">{}: <cite>{}</cite>, {}</a></p>)",
             text->what, text->paper.url, text->paper.authors, text->paper.title, text->paper.year);
  const Markup settings = definitions(map.settings), checks = definitions(map.checks);
  if (!settings.text.empty()) body += html("<h4>Settings</h4><dl>{}</dl>\n", settings);
  if (!checks.text.empty()) body += html("<h4>Check</h4><dl>{}</dl>\n", checks);
  body += table(map);
  return html(
      R"(<details{}><summary>Method, settings, files <small>{}</small></summary>
{}{}</details>
)",
      Markup{open ? " open" : ""}, seconds_label(map.seconds), body, files(map));
}

}  // namespace

Markup map_card(const Run& run, const ExplainedPhoto& photo, const MapResult& map,
                std::size_t number) {
  const MethodText* text = map.text ? &*map.text : nullptr;
  Markup shown;
  try {
    if (map.drawing) {
      shown = drawing(run, photo, map);
    } else {
      const HeatMap heat = heat_map(map.at_size_of(photo.photo));
      shown = picture(run, photo, map, heat, number);
      shown += scale(heat, text);
    }
  } catch (const Error& error) {
    shown = html(R"(<p class="check attention"><b aria-hidden="true">!</b>)"
                 R"(<span>No picture: {}.</span></p>)",
                 error.what());
  }
  return html("<article class=\"map\">\n<h3>{}</h3>\n{}\n{}{}{}{}</article>\n", map.title, shown,
              score_line(map), check_line(map), trust_section(map, number == 1),
              details(map, text, number == 1));
}

}  // namespace backlight::tools
