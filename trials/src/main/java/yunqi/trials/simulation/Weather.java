package yunqi.trials.simulation;

import java.time.Duration;

/**
 * How bad things are, as chances of each fault, drawn once for each seed: every fault is on in about half of the seeds, so that some clouds suffer from everything and
 * some from one thing alone.
 */
record Weather(
        double linkLoss,
        Duration linkDelay,
        double duplicate,
        double engineFails,
        double engineLies,
        double wakeLost,
        Duration engineSlow,
        double storeStale,
        double storeLost,
        double changeLost,
        double readsOld,
        double killed,
        double episodes) {
    static final Weather CALM =
            new Weather(0, Duration.ofMillis(5), 0, 0, 0, 0, Duration.ofMillis(20), 0, 0, 0, 0, 0, 0);

    static Weather draw(World world) {
        return new Weather(
                some(world, 0.3),
                world.chance(0.5) ? Duration.ofMillis(1 + world.below(8_000)) : Duration.ofMillis(5),
                some(world, 0.2),
                some(world, 0.3),
                some(world, 0.2),
                some(world, 0.7),
                world.chance(0.5) ? Duration.ofMillis(1 + world.below(20_000)) : Duration.ofMillis(20),
                some(world, 0.2),
                some(world, 0.1),
                some(world, 0.3),
                some(world, 0.3),
                some(world, 0.01),
                some(world, 1.0));
    }

    private static double some(World world, double most) {
        return world.chance(0.5) ? world.below(1_000) / 1_000.0 * most : 0;
    }
}
