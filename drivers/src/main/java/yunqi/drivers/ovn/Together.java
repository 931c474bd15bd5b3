package yunqi.drivers.ovn;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import yunqi.core.base.EngineException;

/** Does a few things at once, each on a virtual thread, and returns when all have ended. */
final class Together {
    /** One of them. */
    interface Task {
        void run() throws EngineException;
    }

    private Together() {}

    /** Throws what the first of them that failed, in their order, complained about. */
    static void run(List<Task> tasks) throws EngineException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<?>>();
            for (Task task : tasks) {
                running.add(threads.submit(() -> {
                    task.run();
                    return task;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof EngineException complaint) {
                throw complaint;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(EngineException.Kind.UNAVAILABLE, "interrupted while waiting", e);
        }
    }
}
