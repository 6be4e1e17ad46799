/* Highest rates of matrix arithmetic of one core, printed as JSON in 10^9 operations a second.
 *
 *     cc -O2 -o peaks peaks.c && ./peaks [avx512]
 *
 * Each rate is that of a loop of independent multiply-add instructions on registers alone, by the
 * processor time of this thread: what no matrix product can exceed. A multiplication and its
 * addition are two operations. With `avx512` the tile unit (AMX) is left out. 32-bit floats may
 * be computed as three products of bfloat16 on the tile unit, so a third of that rate counts too.
 */
#include <cpuid.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define ARCH_REQ_XCOMP_PERM 0x1023
#define XFEATURE_XTILEDATA 18
#define TRIALS 5

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

#define TIMES_4(X, A) X(A, 0) X(A, 1) X(A, 2) X(A, 3)
#define TIMES_12(X, A) TIMES_4(X, A) X(A, 4) X(A, 5) X(A, 6) X(A, 7) X(A, 8) X(A, 9) X(A, 10) X(A, 11)
#define ON_512(INSTRUCTION, N) INSTRUCTION " %%zmm15, %%zmm15, %%zmm" #N "\n"
#define ON_256(INSTRUCTION, N) INSTRUCTION " %%ymm15, %%ymm15, %%ymm" #N "\n"
#define TILES(INSTRUCTION, N) INSTRUCTION " %%tmm5, %%tmm4, %%tmm" #N "\n"
#define SUMS "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11"

/* Defines `name`, which returns the best rate of COUNT instructions of OPERATIONS each. */
#define LOOP(name, code, count, operations, rounds, ...)                                   \
    static double name(void) {                                                             \
        double best = 0;                                                                   \
        for (int trial = 0; trial < TRIALS; trial++) {                                     \
            double start = seconds();                                                      \
            for (long round = 0; round < rounds; round++) __asm__ volatile(code::: __VA_ARGS__); \
            double rate = (double)rounds * (count) * (operations) / (seconds() - start) / 1e9; \
            if (rate > best) best = rate;                                                  \
        }                                                                                  \
        return best;                                                                       \
    }

LOOP(float_256, TIMES_12(ON_256, "vfmadd231ps"), 12, 16, 5000000, SUMS)
LOOP(float_512, TIMES_12(ON_512, "vfmadd231ps"), 12, 32, 5000000, SUMS)
LOOP(brain_512, TIMES_12(ON_512, "vdpbf16ps"), 12, 64, 3000000, SUMS)
LOOP(integer_256, TIMES_12(ON_256, "%{vex%} vpdpbusd"), 12, 64, 5000000, SUMS)
LOOP(integer_512, TIMES_12(ON_512, "vpdpbusd"), 12, 128, 5000000, SUMS)
LOOP(brain_tile, TIMES_4(TILES, "tdpbf16ps"), 4, 16 * 16 * 64, 2000000, "memory")
LOOP(integer_tile, TIMES_4(TILES, "tdpbusd"), 4, 16 * 16 * 128, 2000000, "memory")

static unsigned leaf(unsigned number, unsigned part, char which) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid_count(number, part, &a, &b, &c, &d)) return 0;
    return which == 'a' ? a : which == 'b' ? b : which == 'c' ? c : d;
}

static int has(unsigned word, int bit) { return word >> bit & 1; }

/* Asks for the tile unit and gives all tiles 16 rows of 64 bytes. */
static int open_tiles(void) {
    static uint8_t shape[64] __attribute__((aligned(64)));
    if (syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) != 0) return 0;
    shape[0] = 1;
    for (int tile = 0; tile < 8; tile++) {
        shape[16 + 2 * tile] = 64;
        shape[48 + tile] = 16;
    }
    __asm__ volatile("ldtilecfg %0" ::"m"(shape));
    return 1;
}

static void keep_higher(double *rate, double other) {
    if (other > *rate) *rate = other;
}

int main(int count, char **arguments) {
    int tiles_wanted = !(count > 1 && strcmp(arguments[1], "avx512") == 0);
    unsigned b = leaf(7, 0, 'b'), c = leaf(7, 0, 'c'), d = leaf(7, 0, 'd'), a1 = leaf(7, 1, 'a');
    if (!has(b, 5)) {
        fprintf(stderr, "peaks: this processor has no AVX2, nothing is measured\n");
        return 1;
    }
    double floats = float_256(), brains = 0, integers = 0;
    if (has(a1, 4)) keep_higher(&integers, integer_256());
    if (has(b, 16)) {
        keep_higher(&floats, float_512());
        if (has(c, 11)) keep_higher(&integers, integer_512());
        if (has(a1, 5)) keep_higher(&brains, brain_512());
    }
    if (tiles_wanted && has(d, 24) && open_tiles()) {
        if (has(d, 25)) keep_higher(&integers, integer_tile());
        if (has(d, 22)) keep_higher(&brains, brain_tile());
        keep_higher(&floats, brains / 3);
    }
    /* What has no instruction of its own is computed with floats. */
    keep_higher(&brains, floats);
    keep_higher(&integers, floats);
    printf("{\"f32\": %.0f, \"bf16\": %.0f, \"int8\": %.0f}\n", floats, brains, integers);
    return 0;
}
