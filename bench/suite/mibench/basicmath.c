// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// See basicmath.h. Checksums take what floating point gives to a ten-thousandth only: mathematical libraries
// differ in the last bit of a cosine.
#include <math.h>

#include <bench/suite/mibench/basicmath.h>
#include <bench/suite/work.h>

#define PI 3.14159265358979323846

static void sort_three(double *v, unsigned count) {
    for (unsigned i = 1; i < count; i++) {
        for (unsigned j = i; j > 0 && v[j] < v[j - 1]; j--) {
            double swapped = v[j];
            v[j] = v[j - 1];
            v[j - 1] = swapped;
        }
    }
}

// With x = (y - b) / 3a the polynomial, times 27 a^2, becomes y^3 - 3 p y + q = 0. No division comes before
// the sign of the discriminant is known, so that of integers it is exact.
unsigned cubic_roots(const double c[4], double roots[3]) {
    const double a = c[3], b = c[2];
    if (a == 0.0) {
        return 0;
    }
    const double p = b * b - 3.0 * a * c[1];
    const double q = 2.0 * b * b * b - 9.0 * a * b * c[1] + 27.0 * a * a * c[0];
    const double discriminant = 4.0 * p * p * p - q * q;
    double y[3];
    unsigned count;
    if (discriminant > 0.0) {
        // Viete: y = 2 sqrt(p) cos(t) turns it into cos(3 t) = -q / (2 p sqrt(p)).
        const double root = sqrt(p), angle = acos(-q / (2.0 * p * root)) / 3.0;
        for (count = 0; count < 3; count++) {
            y[count] = 2.0 * root * cos(angle + 2.0 * PI / 3.0 * count);
        }
    } else if (discriminant < 0.0) {
        // Cardano, with the sign that does not cancel: y = u + p / u.
        const double u = -copysign(cbrt((fabs(q) + sqrt(-discriminant)) / 2.0), q);
        y[0] = u + p / u;
        count = 1;
    } else {
        // A double root, or, with p = 0, a triple one.
        const double root = copysign(sqrt(p), q);
        y[0] = -2.0 * root;
        y[1] = root;
        count = p > 0.0 ? 2 : 1;
    }
    for (unsigned i = 0; i < count; i++) {
        roots[i] = (y[i] - b) / (3.0 * a);
    }
    sort_three(roots, count);
    return count;
}

// Digit by digit, as on paper, in base two: `rest` is what the digits so far leave of the number.
uint32_t integer_root(uint64_t number) {
    uint64_t rest = number, root = 0;
    for (uint64_t digit = UINT64_C(1) << 62; digit != 0; digit >>= 2) {
        if (rest >= root + digit) {
            rest -= root + digit;
            root = root / 2 + digit;
        } else {
            root /= 2;
        }
    }
    return (uint32_t)root;
}

double angle_to_radians(double degrees) {
    return degrees * PI / 180.0;
}

double angle_to_degrees(double radians) {
    return radians * 180.0 / PI;
}

static uint64_t to_ten_thousandths(double value) {
    return (uint64_t)llround(value * 1e4);
}

// From -limit to limit.
static double coefficient(uint64_t *seed, uint32_t limit) {
    return (double)random_below(seed, 2 * limit + 1) - (double)limit;
}

uint64_t basicmath_run(uint64_t rounds) {
    uint64_t seed = 1, sum = CHECKSUM_START;
    for (uint64_t i = 0; i < rounds; i++) {
        double roots[3];
        const double c[4] = {coefficient(&seed, 100), coefficient(&seed, 50), coefficient(&seed, 20),
                             (double)(1 + i % 4)};
        unsigned count = cubic_roots(c, roots);
        for (unsigned k = 0; k < count; k++) {
            sum = checksum_add(sum, to_ten_thousandths(roots[k]));
        }
        for (unsigned k = 0; k < 4; k++) {
            sum = checksum_add(sum, integer_root(random_next(&seed) >> 16 * k));
        }
        for (unsigned k = 0; k < 8; k++) {
            double degrees = (double)((i * 8 + k) % 2880) / 8.0;
            double radians = angle_to_radians(degrees);
            sum = checksum_add(sum, to_ten_thousandths(radians));
            sum = checksum_add(sum, to_ten_thousandths(angle_to_degrees(radians)));
        }
    }
    return sum;
}
