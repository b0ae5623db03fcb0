// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Loading of results.json. The first thing that is wrong ends it; the functions after it then do nothing that
// matters.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bench/report/data.h>

#define SCHEMA     2
#define PATH_BYTES 256

const char *const data_level_names[INSTRUCTION_LEVELS] = {"guest user", "guest kernel", "VMM", "kernel"};
static const char *const level_keys[INSTRUCTION_LEVELS] = {"guest_user", "guest_kernel", "vmm", "kernel"};
const char *const data_exit_names[EXIT_CAUSES] = {"irq", "mmio", "hvc",         "smc",     "sysreg",
                                                  "wfx", "sgi",  "maintenance", "preempt", "other"};

struct load {
    char *error;
    size_t error_size;
    bool failed;
};

// A place in the document, and its path for messages.
struct place {
    const json_t *value;
    char path[PATH_BYTES];
};

__attribute__((format(printf, 3, 4))) static void fail(struct load *l, const char *path, const char *format,
                                                       ...) {
    if (l->failed) {
        return;
    }
    va_list arguments;
    l->failed = true;
    int used = snprintf(l->error, l->error_size, "%s: ", path[0] != '\0' ? path : "the document");
    va_start(arguments, format);
    if (used >= 0 && (size_t)used < l->error_size) {
        vsnprintf(l->error + used, l->error_size - (size_t)used, format, arguments);
    }
    va_end(arguments);
}

static struct place member(const struct place *object, const char *key) {
    struct place place = {json_object_get(object->value, key), ""};
    snprintf(place.path, sizeof(place.path), "%.180s%s%s", object->path, object->path[0] != '\0' ? "." : "",
             key);
    return place;
}

static struct place element(const struct place *array, size_t index) {
    struct place place = {json_array_get(array->value, index), ""};
    snprintf(place.path, sizeof(place.path), "%.180s[%zu]", array->path, index);
    return place;
}

static bool is_absent(const struct place *place) {
    return place->value == NULL || json_is_null(place->value);
}

static struct place object_get(struct load *l, const struct place *parent, const char *key) {
    struct place place = member(parent, key);
    if (!json_is_object(place.value)) {
        fail(l, place.path, "must be an object");
    }
    return place;
}

// An array; nothing of it may be absent when `required`.
static struct place array_get(struct load *l, const struct place *parent, const char *key, bool required) {
    struct place place = member(parent, key);
    if (!json_is_array(place.value) && (required || !is_absent(&place))) {
        fail(l, place.path, "must be an array");
    }
    return place;
}

static double number_get(struct load *l, const struct place *parent, const char *key, double least) {
    struct place place = member(parent, key);
    double value = json_number_value(place.value);
    if (!json_is_number(place.value) || !isfinite(value)) {
        fail(l, place.path, "must be a number");
    } else if (value < least) {
        fail(l, place.path, "must be %g or more", least);
    }
    return value;
}

static const char *text_get(struct load *l, const struct place *parent, const char *key) {
    struct place place = member(parent, key);
    if (!json_is_string(place.value)) {
        fail(l, place.path, "must be a string");
        return "";
    }
    return json_string_value(place.value);
}

static const char *optional_text_get(struct load *l, const struct place *parent, const char *key) {
    struct place place = member(parent, key);
    return is_absent(&place) ? NULL : text_get(l, parent, key);
}

static const char *name_get(struct load *l, const struct place *parent, const char *key) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *name = text_get(l, parent, key);
    if (!l->failed &&
        (name[0] == '\0' || strlen(name) >= NAME_BYTES || name[strspn(name, allowed)] != '\0')) {
        struct place place = member(parent, key);
        fail(l, place.path, "must be a name: 1 to %d of a to z, 0 to 9, '.', '_' and '-'", NAME_BYTES - 1);
    }
    return name;
}

static int bin_compare(const void *a, const void *b) {
    double x = ((const struct bin *)a)->value, y = ((const struct bin *)b)->value;
    return x < y ? -1 : x > y;
}

static void histogram_take(struct load *l, const struct place *side, struct figure *figure) {
    struct place histogram = object_get(l, side, "histogram");
    const char *key;
    json_t *count;
    double sum = 0.0;
    figure->bins = calloc(json_object_size(histogram.value) + 1, sizeof(*figure->bins));
    if (figure->bins == NULL) {
        fail(l, histogram.path, "does not fit the memory");
        return;
    }
    json_object_foreach((json_t *)histogram.value, key, count) {
        char *end;
        double value = strtod(key, &end);
        if (end == key || *end != '\0' || !isfinite(value)) {
            fail(l, histogram.path, "a key is not a number");
        } else if (!json_is_integer(count) || json_integer_value(count) < 1) {
            fail(l, histogram.path, "\"%.20g\" must be a whole number of 1 or more", value);
        } else {
            figure->bins[figure->bin_count++] = (struct bin){value, (double)json_integer_value(count)};
            sum += (double)json_integer_value(count);
        }
    }
    if (sum != (double)figure->summary.n) {
        fail(l, histogram.path, "has %.0f samples, and n is %zu", sum, figure->summary.n);
    }
    if (figure->bin_count > 0) {
        qsort(figure->bins, figure->bin_count, sizeof(*figure->bins), bin_compare);
    }
}

// A side is null where there is none.
static void figure_take(struct load *l, const struct place *parent, const char *key, struct figure *figure) {
    struct place side = member(parent, key);
    if (is_absent(&side)) {
        return;
    }
    side = object_get(l, parent, key);
    figure->summary = (struct summary){
        .n = (size_t)number_get(l, &side, "n", 1),
        .min = number_get(l, &side, "min", -INFINITY),
        .q1 = number_get(l, &side, "q1", -INFINITY),
        .median = number_get(l, &side, "median", -INFINITY),
        .mean = number_get(l, &side, "mean", -INFINITY),
        .q3 = number_get(l, &side, "q3", -INFINITY),
        .max = number_get(l, &side, "max", -INFINITY),
        .stddev = number_get(l, &side, "stddev", 0),
    };
    struct place histogram = member(&side, "histogram");
    if (!is_absent(&histogram)) {
        figure->has_tail = true;
        figure->p99 = number_get(l, &side, "p99", -INFINITY);
        figure->p999 = number_get(l, &side, "p99.9", -INFINITY);
        histogram_take(l, &side, figure);
    }
}

static void overhead_take(struct load *l, const struct place *c, struct data_case *taken) {
    struct place overhead = member(c, "overhead_percent");
    if (is_absent(&overhead)) {
        return;
    }
    overhead = object_get(l, c, "overhead_percent");
    taken->has_overhead = true;
    taken->overhead = number_get(l, &overhead, "value", -INFINITY);
    struct place interval = array_get(l, &overhead, "ci95", false), median = member(&overhead, "median");
    taken->has_median = !is_absent(&median);
    taken->overhead_median = taken->has_median ? number_get(l, &overhead, "median", -INFINITY) : 0.0;
    if (!json_is_array(interval.value)) {
        return;
    }
    const json_t *low = json_array_get(interval.value, 0), *high = json_array_get(interval.value, 1);
    if (json_array_size(interval.value) != 2 || !json_is_number(low) || !json_is_number(high)) {
        fail(l, interval.path, "must be null or two numbers");
    }
    taken->has_ci95 = true;
    taken->ci95_low = json_number_value(low);
    taken->ci95_high = json_number_value(high);
}

static void boots_take(struct load *l, const struct place *c, const char *key, struct boots *boots) {
    struct place all = member(c, "boots");
    if (is_absent(&all)) {
        return;
    }
    struct place side = array_get(l, &all, key, true);
    if (json_array_size(side.value) > BOOTS_MAX) {
        fail(l, side.path, "has more than %d boots", BOOTS_MAX);
        return;
    }
    for (size_t i = 0; i < json_array_size(side.value) && !l->failed; i++) {
        struct place boot = element(&side, i);
        struct boot_value value = {.seed = (unsigned)number_get(l, &boot, "seed", 0),
                                   .value = number_get(l, &boot, "value", -INFINITY)};
        const char *hash = optional_text_get(l, &boot, "tree_sha256");
        snprintf(value.tree_hash, sizeof(value.tree_hash), "%s", hash != NULL ? hash : "");
        boots_add(boots, &value);
    }
}

static void label_make(const char *suite, const char *name, char label[LABEL_BYTES]) {
    snprintf(label, LABEL_BYTES, "%s%s%s", suite, strcmp(suite, name) == 0 ? "" : "-",
             strcmp(suite, name) == 0 ? "" : name);
}

static void case_take(struct load *l, const struct place *c, struct data_case *taken) {
    taken->suite = name_get(l, c, "suite");
    taken->name = name_get(l, c, "name");
    taken->metric = name_get(l, c, "metric");
    taken->kernel = optional_text_get(l, c, "kernel");
    taken->clock = optional_text_get(l, c, "clock");
    if (l->failed) {
        return;
    }
    label_make(taken->suite, taken->name, taken->label);
    figure_take(l, c, "native", &taken->side[NATIVE]);
    figure_take(l, c, "virt", &taken->side[VIRT]);
    overhead_take(l, c, taken);
    struct place instructions = object_get(l, c, "instructions"), exits = object_get(l, c, "exits");
    for (size_t i = 0; i < INSTRUCTION_LEVELS; i++) {
        taken->instructions[i] = number_get(l, &instructions, level_keys[i], 0);
    }
    for (size_t i = 0; i < EXIT_CAUSES; i++) {
        taken->exits[i] = number_get(l, &exits, data_exit_names[i], 0);
    }
    struct place operations = member(c, "operations");
    taken->operations = is_absent(&operations) ? 0.0 : number_get(l, c, "operations", 1);
    boots_take(l, c, "native", &taken->boots[NATIVE]);
    boots_take(l, c, "virt", &taken->boots[VIRT]);
    if (taken->has_overhead && (taken->side[NATIVE].summary.n == 0 || taken->side[VIRT].summary.n == 0)) {
        fail(l, c->path, "has an overhead without figures of both sides");
    }
}

static void cases_take(struct load *l, const struct place *root, struct data *data) {
    struct place cases = array_get(l, root, "cases", true);
    size_t count = json_array_size(cases.value);
    if (count > DATA_CASES_MAX) {
        fail(l, cases.path, "has more than %d cases", DATA_CASES_MAX);
        return;
    }
    data->cases = calloc(count + 1, sizeof(*data->cases));
    if (data->cases == NULL) {
        fail(l, cases.path, "does not fit the memory");
        return;
    }
    for (size_t i = 0; i < count && !l->failed; i++) {
        struct place c = element(&cases, i);
        case_take(l, &c, &data->cases[data->case_count++]);
        const struct data_case *taken = &data->cases[i];
        if (!l->failed && data_find(data, taken->suite, taken->name) != taken) {
            fail(l, c.path, "is there twice: %s", taken->label);
        }
    }
}

static void invalid_check(struct load *l, const struct place *root, struct data *data) {
    struct place invalid = array_get(l, root, "invalid", true);
    for (size_t i = 0; i < json_array_size(invalid.value) && !l->failed; i++) {
        struct place run = element(&invalid, i);
        name_get(l, &run, "suite");
        name_get(l, &run, "name");
        text_get(l, &run, "side");
        text_get(l, &run, "reason");
        struct place seed = member(&run, "seed"), console = array_get(l, &run, "console", true);
        if (!is_absent(&seed)) {
            number_get(l, &run, "seed", 0);
        }
        for (size_t j = 0; j < json_array_size(console.value); j++) {
            struct place line = element(&console, j);
            if (!json_is_string(line.value)) {
                fail(l, line.path, "must be a string");
            }
        }
    }
    data->invalid = invalid.value;
}

static void footprint_check(struct load *l, const struct place *root, struct data *data) {
    static const char *const sizes[] = {"text", "constants", "data", "zeroed", "boot"};
    struct place footprint = member(root, "footprint");
    if (is_absent(&footprint)) {
        return;
    }
    footprint = object_get(l, root, "footprint");
    number_get(l, &footprint, "image_bytes", 1);
    struct place used = member(&footprint, "memory_used_kib");
    if (!is_absent(&used)) {
        number_get(l, &footprint, "memory_used_kib", 1);
    }
    struct place programs = array_get(l, &footprint, "programs", true);
    for (size_t i = 0; i < json_array_size(programs.value); i++) {
        struct place program = element(&programs, i);
        text_get(l, &program, "name");
        for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
            number_get(l, &program, sizes[j], 0);
        }
    }
    struct place lines = array_get(l, &footprint, "lines", true);
    for (size_t i = 0; i < json_array_size(lines.value); i++) {
        struct place part = element(&lines, i);
        text_get(l, &part, "part");
        number_get(l, &part, "lines", 0);
    }
    data->footprint = footprint.value;
}

static void peer_case_take(struct load *l, const struct place *c, struct data_peer_case *taken) {
    taken->suite = name_get(l, c, "suite");
    taken->name = name_get(l, c, "name");
    taken->reason = optional_text_get(l, c, "reason");
    figure_take(l, c, "virt", &taken->figure);
    if ((taken->reason == NULL) == (taken->figure.summary.n == 0)) {
        fail(l, c->path, "must have either figures under \"virt\" or a \"reason\"");
    }
}

static void peers_take(struct load *l, const struct place *root, struct data *data) {
    struct place peers = array_get(l, root, "peers", false);
    if (json_array_size(peers.value) > DATA_PEERS_MAX) {
        fail(l, peers.path, "has more than %d peers", DATA_PEERS_MAX);
    }
    for (size_t i = 0; i < json_array_size(peers.value) && !l->failed; i++) {
        struct place from = element(&peers, i);
        struct data_peer *peer = &data->peers[data->peer_count++];
        peer->name = name_get(l, &from, "name");
        peer->version = text_get(l, &from, "version");
        struct place cases = array_get(l, &from, "cases", true);
        peer->cases = calloc(json_array_size(cases.value) + 1, sizeof(*peer->cases));
        for (size_t j = 0; peer->cases != NULL && j < json_array_size(cases.value); j++) {
            struct place c = element(&cases, j);
            peer_case_take(l, &c, &peer->cases[peer->count++]);
        }
    }
}

// Returns whether it is there.
static bool optional_number_get(struct load *l, const struct place *parent, const char *key, double least,
                                double *value) {
    struct place place = member(parent, key);
    bool there = !is_absent(&place);
    *value = there ? number_get(l, parent, key, least) : 0.0;
    return there;
}

static void interference_take(struct load *l, const struct place *root, struct data *data) {
    struct place cells = array_get(l, root, "interference", false);
    if (json_array_size(cells.value) > DATA_CELLS_MAX) {
        fail(l, cells.path, "has more than %d entries", DATA_CELLS_MAX);
        return;
    }
    for (size_t i = 0; i < json_array_size(cells.value) && !l->failed; i++) {
        struct place from = element(&cells, i);
        struct data_cell *cell = &data->cells[data->cell_count++];
        cell->vm = name_get(l, &from, "vm");
        cell->neighbour = name_get(l, &from, "neighbour");
        cell->slice_ms = number_get(l, &from, "slice_ms", 0.001);
        cell->has_slowdown = optional_number_get(l, &from, "slowdown_percent", -INFINITY, &cell->slowdown);
        cell->has_share = optional_number_get(l, &from, "share_percent", 0, &cell->share);
        cell->has_overhead = optional_number_get(l, &from, "overhead_percent", -INFINITY, &cell->overhead);
        optional_number_get(l, &from, "neighbours_interrupts", 0, &cell->interrupts);
        figure_take(l, &from, "latency", &cell->latency);
        figure_take(l, &from, "latency_busy", &cell->latency_busy);
        if (!cell->has_overhead && cell->latency.summary.n == 0) {
            fail(l, from.path, "has neither \"overhead_percent\" nor \"latency\"");
        }
    }
}

static void head_take(struct load *l, const struct place *root, struct data *data) {
    struct place glacis = object_get(l, root, "glacis"), machine = object_get(l, root, "machine");
    data->version = text_get(l, &glacis, "version");
    data->commit = text_get(l, &glacis, "commit");
    data->board = text_get(l, &machine, "board");
    data->emulator = text_get(l, &machine, "emulator");
    data->cpu = text_get(l, &machine, "cpu");
    data->unit = text_get(l, &machine, "unit");
    data->limits = text_get(l, &machine, "limits");
    data->gic = number_get(l, &machine, "gic", 2);
    data->memory_mib = number_get(l, &machine, "memory_mib", 0);
    struct place guest = member(root, "guest");
    if (!is_absent(&guest)) {
        guest = object_get(l, root, "guest");
        data->kernel = text_get(l, &guest, "kernel");
        data->kernel_sha256 = text_get(l, &guest, "kernel_sha256");
        data->initrd_sha256 = text_get(l, &guest, "initrd_sha256");
        data->cmdline = text_get(l, &guest, "cmdline");
    }
    struct place method = object_get(l, root, "method");
    data->planned_boots = number_get(l, &method, "boots", 1);
    data->first_seed = number_get(l, &method, "first_seed", 0);
    data->order = text_get(l, &method, "order");
    data->order_seed = number_get(l, &method, "order_seed", 0);
    data->resamples = number_get(l, &method, "resamples", 1);
    data->bootstrap_seed = number_get(l, &method, "bootstrap_seed", 0);
    data->repeat = optional_text_get(l, root, "repeat");
}

bool data_load(const char *file, struct data *data, char *error, size_t error_size) {
    struct load load = {error, error_size, false}, *l = &load;
    json_error_t where;
    memset(data, 0, sizeof(*data));
    data->root = json_load_file(file, JSON_REJECT_DUPLICATES, &where);
    if (data->root == NULL) {
        snprintf(error, error_size, "line %d, column %d: %s", where.line, where.column, where.text);
        return false;
    }
    struct place root = {data->root, ""};
    if (!json_is_object(data->root)) {
        fail(l, "", "must be an object");
    } else if (json_integer_value(json_object_get(data->root, "schema")) != SCHEMA) {
        fail(l, "schema", "must be %d: results of another version are read by that version's report", SCHEMA);
    }
    if (!l->failed) {
        head_take(l, &root, data);
        cases_take(l, &root, data);
        invalid_check(l, &root, data);
        footprint_check(l, &root, data);
        peers_take(l, &root, data);
        interference_take(l, &root, data);
    }
    return !l->failed;
}

void data_free(struct data *data) {
    for (size_t i = 0; i < data->case_count; i++) {
        free(data->cases[i].side[NATIVE].bins);
        free(data->cases[i].side[VIRT].bins);
    }
    free(data->cases);
    for (size_t i = 0; i < data->peer_count; i++) {
        for (size_t j = 0; j < data->peers[i].count; j++) {
            free(data->peers[i].cases[j].figure.bins);
        }
        free(data->peers[i].cases);
    }
    for (size_t i = 0; i < data->cell_count; i++) {
        free(data->cells[i].latency.bins);
        free(data->cells[i].latency_busy.bins);
    }
    json_decref(data->root);
    memset(data, 0, sizeof(*data));
}

const struct data_case *data_find(const struct data *data, const char *suite, const char *name) {
    for (size_t i = 0; i < data->case_count; i++) {
        const struct data_case *c = &data->cases[i];
        if (strcmp(c->suite, suite) == 0 && strcmp(c->name, name) == 0) {
            return c;
        }
    }
    return NULL;
}

bool data_is_icount(const struct data *data) {
    return strcmp(data->unit, "ticks_1ghz_icount") == 0;
}

const char *data_unit_name(const struct data *data) {
    return data_is_icount(data) ? "instructions" : "ns";
}
