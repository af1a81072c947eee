#include "tools/homework/run.h"
#include "tools/report/markup.h"

namespace backlight::tools {
namespace {

using nlohmann::json;

json text_json(const Text& text) { return {{"en", text.en}, {"zh", text.zh}}; }

template <typename Value>
json or_null(const std::optional<Value>& value) {
  return value ? json(*value) : json(nullptr);
}

json comparison_json(const std::optional<Comparison>& comparison) {
  if (!comparison) return nullptr;
  json rows = json::array();
  for (const ComparedNumber& row : comparison->rows)
    rows.push_back({{"label", text_json(row.label)},
                    {"computed", row.computed},
                    {"published", or_null(row.published)}});
  return {{"title", text_json(comparison->title)}, {"rows", rows}};
}

json question_json(const AnsweredQuestion& answered) {
  const CourseQuestion& question = *answered.question;
  const Answer& answer = answered.answer;
  json published = text_json(question.published);
  published["of"] = "the course's original weights and photos";
  return {{"number", question.number},
          {"topic", text_json(question.topic)},
          {"question", text_json(question.question)},
          {"answer", text_json(answer.text)},
          {"number_of_answer",
           {{"value", answer.number},
            {"shown", answer.shown},
            {"means", text_json(answer.number_means)}}},
          {"values", answer.values},
          {"compared", comparison_json(answer.comparison)},
          {"published", published},
          {"figure", {{"file", answer.figure_file}, {"caption", text_json(answer.caption)}}},
          {"arrays", answer.arrays}};
}

json photo_json(const HomeworkRun& run, const HomeworkPhoto& photo) {
  const auto name = [&](std::int64_t c) { return run.class_names[static_cast<std::size_t>(c)]; };
  return {{"number", photo.number},
          {"path", clean_utf8(photo.path)},
          {"stem", clean_utf8(photo.stem)},
          {"label", photo.label ? json(name(*photo.label)) : json(nullptr)},
          {"predicted", name(photo.predicted)},
          {"target", name(photo.target)},
          {"target_logit", photo.target_logit},
          {"probability", photo.probability},
          {"published_logit", or_null(published_logit(photo.number))}};
}

}  // namespace

std::optional<double> published_logit(std::size_t number) {
  if (number < 1 || number > kPublishedLogits.size()) return std::nullopt;
  return kPublishedLogits[number - 1];
}

json to_json(const HomeworkRun& run) {
  json photos = json::array(), questions = json::array();
  for (const HomeworkPhoto& photo : run.photos) photos.push_back(photo_json(run, photo));
  for (const AnsweredQuestion& answered : run.answered)
    questions.push_back(question_json(answered));
  return {{"format", "backlight-homework"},
          {"format_version", 1},
          {"version", run.version},
          {"command", run.command},
          {"model", {{"name", run.model}, {"weights", run.weights}}},
          {"device", run.device},
          {"device_description", run.device_description},
          {"precision", run.precision},
          {"seed", run.seed},
          {"lime_samples", run.lime_samples},
          {"smoothgrad_samples", run.smoothgrad_samples},
          {"visualisation_steps", run.steps},
          {"load_seconds", run.load_seconds},
          {"total_seconds", run.total_seconds},
          {"complete", run.answered.size() == course_questions().size()},
          {"found", run.photos_found},
          {"unreadable", run.unreadable},
          {"photos", photos},
          {"questions", questions}};
}

}  // namespace backlight::tools
