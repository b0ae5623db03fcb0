// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// The suite's basicmath, bitcount and qsort; and that the small cases give their checksums on this machine,
// too.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include <bench/suite/mibench/basicmath.h>
#include <bench/suite/mibench/bitcount.h>
#include <bench/suite/mibench/qsort.h>
#include <bench/suite/mibench/susan.h>
#include <bench/suite/work.h>

struct cubic {
    double c[4]; // from the constant term up
    unsigned count;
    double roots[3];
};

static void cubic_roots_are_those_of_known_polynomials(void **state) {
    (void)state;
    static const struct cubic known[] = {
        {{-6, 11, -6, 1}, 3, {1, 2, 3}},
        {{0, -4, 0, 1}, 3, {-2, 0, 2}},
        {{1, -3, 0, 1},
         3,
         {-1.879385241571817, 0.347296355333861, 1.532088886237956}}, // cosines of 20 degrees' multiples
        {{-4, 8, -5, 1}, 2, {1, 2}},                                  // (x - 1) (x - 2)^2
        {{-2, 5, -4, 1}, 2, {1, 2}},                                  // (x - 1)^2 (x - 2)
        {{-8, 12, -6, 1}, 1, {2}},                                    // (x - 2)^3
        {{0, 0, 0, -3}, 1, {0}},                                      // -3 x^3
        {{-8, 0, 0, 1}, 1, {2}},                                      // two of x^3 = 8 are complex
        {{8, 0, 0, 1}, 1, {-2}},
        {{-2, 1, -2, 1}, 1, {2}}, // (x - 2) (x^2 + 1)
        {{30, -31, 0, 1}, 3, {-6, 1, 5}},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        double roots[3];
        assert_int_equal(cubic_roots(known[i].c, roots), known[i].count);
        for (unsigned k = 0; k < known[i].count; k++) {
            assert_true(fabs(roots[k] - known[i].roots[k]) < 1e-9);
        }
    }
}

static void a_polynomial_without_cube_has_no_cubic_roots(void **state) {
    (void)state;
    static const double square[4] = {-1, 0, 1, 0};
    double roots[3];
    assert_int_equal(cubic_roots(square, roots), 0);
}

// Every polynomial with three integer roots, and its negative.
static void integer_roots_are_found_with_their_multiplicity(void **state) {
    (void)state;
    for (int a = -6; a <= 6; a++) {
        for (int b = a; b <= 6; b++) {
            for (int c = b; c <= 6; c++) {
                double distinct[3] = {a};
                unsigned count = 1;
                if (b != a) {
                    distinct[count++] = b;
                }
                if (c != b) {
                    distinct[count++] = c;
                }
                for (int sign = -1; sign <= 1; sign += 2) {
                    const double s = sign;
                    const double p[4] = {-s * a * b * c, s * (a * b + b * c + c * a), -s * (a + b + c), s};
                    double roots[3];
                    assert_int_equal(cubic_roots(p, roots), count);
                    for (unsigned k = 0; k < count; k++) {
                        assert_true(fabs(roots[k] - distinct[k]) < 1e-9);
                    }
                }
            }
        }
    }
}

static void the_integer_root_is_the_largest_whose_square_fits(void **state) {
    (void)state;
    static const uint64_t numbers[] = {0,
                                       1,
                                       2,
                                       3,
                                       4,
                                       8,
                                       9,
                                       15,
                                       16,
                                       17,
                                       UINT32_MAX,
                                       UINT64_MAX - 1,
                                       UINT64_MAX,
                                       UINT64_C(18446744065119617025) - 1,
                                       UINT64_C(18446744065119617025)};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        __uint128_t root = integer_root(numbers[i]);
        assert_true(root * root <= numbers[i] && (root + 1) * (root + 1) > numbers[i]);
    }
    uint64_t seed = 3;
    for (unsigned i = 0; i < 10000; i++) {
        uint64_t number = random_next(&seed) >> i % 64;
        __uint128_t root = integer_root(number);
        assert_true(root * root <= number && (root + 1) * (root + 1) > number);
    }
}

static void angles_convert_there_and_back(void **state) {
    (void)state;
    assert_true(angle_to_radians(0.0) == 0.0);
    assert_true(fabs(angle_to_radians(180.0) - M_PI) < 1e-15);
    assert_true(fabs(angle_to_degrees(M_PI / 6.0) - 30.0) < 1e-12);
    for (double degrees = -720.0; degrees <= 720.0; degrees += 0.125) {
        assert_true(fabs(angle_to_degrees(angle_to_radians(degrees)) - degrees) < 1e-12);
    }
}

static void all_ways_to_count_bits_give_the_same(void **state) {
    (void)state;
    uint64_t seed = 4;
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t number = random_next(&seed);
        number &= i % 3 > 0 ? random_next(&seed) : UINT64_MAX;
        unsigned ones = 0;
        for (unsigned bit = 0; bit < 64; bit++) {
            ones += number >> bit & 1;
        }
        for (unsigned m = 0; m < BITCOUNT_METHODS; m++) {
            assert_int_equal(bitcount_methods[m].count(number), ones);
        }
    }
}

static void all_ways_to_count_bits_know_none_one_and_all(void **state) {
    (void)state;
    for (unsigned m = 0; m < BITCOUNT_METHODS; m++) {
        assert_int_equal(bitcount_methods[m].count(0), 0);
        assert_int_equal(bitcount_methods[m].count(UINT64_MAX), 64);
        for (unsigned bit = 0; bit < 64; bit++) {
            assert_int_equal(bitcount_methods[m].count(UINT64_C(1) << bit), 1);
        }
    }
}

static int number_compare(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

// Sorted, and the same elements as before: those of the C library's sort.
static void assert_sorts(int *numbers, size_t count) {
    int *expected = malloc((count + 1) * sizeof(*expected));
    memcpy(expected, numbers, count * sizeof(*expected));
    qsort(expected, count, sizeof(*expected), number_compare);
    quicksort(numbers, count, sizeof(*numbers), number_compare);
    assert_memory_equal(numbers, expected, count * sizeof(*expected));
    free(expected);
}

static void every_order_of_numbers_is_sorted(void **state) {
    (void)state;
    static int numbers[2000];
    uint64_t seed = 5;
    for (size_t count = 0; count < 200; count++) {
        for (size_t i = 0; i < count; i++) {
            numbers[i] = (int)random_below(&seed, 1 + count / 2);
        }
        assert_sorts(numbers, count);
    }
    const int count = sizeof(numbers) / sizeof(numbers[0]);
    for (int order = 0; order < 5; order++) {
        for (int i = 0; i < count; i++) {
            const int orders[] = {i, -i, 7, i % 2, i < count / 2 ? i : count - i};
            numbers[i] = orders[order];
        }
        assert_sorts(numbers, (size_t)count);
    }
}

static void words_are_sorted_by_their_bytes(void **state) {
    (void)state;
    const char *words[] = {"pear",  "",     "apple", "pea", "zebra",   "Zebra",
                           "apple", "peas", "a",     "b",   "\xc3\xa4"};
    static const char *const sorted[] = {"",    "Zebra", "a",    "apple", "apple",   "b",
                                         "pea", "pear",  "peas", "zebra", "\xc3\xa4"};
    const size_t count = sizeof(words) / sizeof(words[0]);
    words_sort(words, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(words[i], sorted[i]);
    }
}

static void points_are_sorted_by_distance_and_then_by_place(void **state) {
    (void)state;
    struct point points[] = {{3, 4, 0, 0}, {0, 0, 0, 0},  {0, 0, -5, 0},
                             {1, 1, 1, 0}, {-1, 1, 1, 0}, {0, 0, 5, 0}};
    points_sort(points, 6);
    static const int32_t sorted[6][3] = {{0, 0, 0}, {-1, 1, 1}, {1, 1, 1}, {0, 0, -5}, {0, 0, 5}, {3, 4, 0}};
    for (size_t i = 0; i < 6; i++) {
        assert_true(points[i].x == sorted[i][0] && points[i].y == sorted[i][1] &&
                    points[i].z == sorted[i][2]);
    }
    assert_true(points[5].distance == 5.0);
}

static uint64_t qsort_checksum(const char *words, const char *points) {
    uint64_t first = 0, second = 0;
    assert_true(words_run(strtoul(words, NULL, 10), &first) &&
                points_run(strtoul(points, NULL, 10), &second));
    return checksum_add(first, second);
}

// The pictures of guests/linux/linux.mk: 320 by 240, seed 1.
static uint64_t susan_checksum(const char *program, const char *passes) {
    struct picture picture;
    uint64_t sum = 0;
    unsigned count = (unsigned)strtoul(passes, NULL, 10);
    assert_true(picture_make(&picture, 320, 240));
    picture_draw(&picture, 1);
    if (strcmp(program, "susan-smoothing") == 0) {
        assert_true(susan_smooth_run(&picture, count, &sum));
    } else if (strcmp(program, "susan-edges") == 0) {
        assert_true(susan_edges_run(&picture, count, &sum));
    } else {
        assert_true(susan_corners_run(&picture, count, &sum));
    }
    picture_free(&picture);
    return sum;
}

static uint64_t case_checksum(const char *const *argv) {
    uint64_t sum;
    assert_string_equal(argv[0], "glacis-suite");
    if (strcmp(argv[1], "basicmath") == 0) {
        return basicmath_run(strtoul(argv[2], NULL, 10));
    }
    if (strcmp(argv[1], "bitcount") == 0) {
        assert_true(bitcount_run(strtoul(argv[2], NULL, 10), &sum));
        return sum;
    }
    return strcmp(argv[1], "qsort") == 0 ? qsort_checksum(argv[2], argv[3])
                                         : susan_checksum(argv[1], argv[3]);
}

static void small_cases_give_their_checksums_here_too(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint64_t checksum;
        const char *argv[8];
    } cases[] = {
#define BENCH_CASE(suite, name, ...)
#define BENCH_CHECKED(suite, name, checksum, ...) {name, checksum, {__VA_ARGS__}},
#define BENCH_SAMPLES(suite, name, device, ...)
#include <bench/suite/cases.def>
#undef BENCH_CASE
#undef BENCH_CHECKED
#undef BENCH_SAMPLES
    };
    unsigned small = 0;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (strstr(cases[i].name, "-small") != NULL) {
            small++;
            assert_int_equal(case_checksum(cases[i].argv), cases[i].checksum);
        }
    }
    assert_int_equal(small, 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cubic_roots_are_those_of_known_polynomials),
        cmocka_unit_test(a_polynomial_without_cube_has_no_cubic_roots),
        cmocka_unit_test(integer_roots_are_found_with_their_multiplicity),
        cmocka_unit_test(the_integer_root_is_the_largest_whose_square_fits),
        cmocka_unit_test(angles_convert_there_and_back),
        cmocka_unit_test(all_ways_to_count_bits_give_the_same),
        cmocka_unit_test(all_ways_to_count_bits_know_none_one_and_all),
        cmocka_unit_test(every_order_of_numbers_is_sorted),
        cmocka_unit_test(words_are_sorted_by_their_bytes),
        cmocka_unit_test(points_are_sorted_by_distance_and_then_by_place),
        cmocka_unit_test(small_cases_give_their_checksums_here_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
