package yunqi.trials.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may depend on whom. Each rule says why; a rule that is in the way is changed with a decision record, not with an exception. */
class WallsTest {
    /** The kinds of things, each of which may use those before it, never those after. */
    private static final List<String> KINDS = List.of(
            "project",
            "host",
            "schedule",
            "image",
            "network",
            "volume",
            "instance",
            "group",
            "service",
            "release",
            "stack");

    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("yunqi");

    static List<String> kinds() {
        return KINDS;
    }

    @Test
    void everyModuleWasRead() {
        for (String module : List.of("core", "drivers", "server", "agent", "cli", "trials")) {
            classes()
                    .that()
                    .resideInAPackage("yunqi." + module + "..")
                    .should()
                    .resideInAPackage("yunqi..")
                    .because("a rule about classes that were not read proves nothing")
                    .allowEmptyShould(false)
                    .check(OURS);
        }
    }

    @Test
    void coreIsPure() {
        noClasses()
                .that()
                .resideInAPackage("yunqi.core..")
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching("java\\.(net|sql|nio\\.file|util\\.concurrent)\\..*")
                .because("the core is pure, so that the simulation can replay it from a seed")
                .check(OURS);
    }

    @Test
    void onlyWireKnowsJson() {
        noClasses()
                .that()
                .resideInAPackage("yunqi.core..")
                .and()
                .resideOutsideOfPackage("yunqi.core.wire..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.fasterxml..", "tools.jackson..")
                .because("the meaning of a record must not depend on how it is written down")
                .check(OURS);
    }

    @Test
    void coreDependsOnTheJdkAlone() {
        noClasses()
                .that()
                .resideInAPackage("yunqi.core..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("java..", "yunqi.core..", "org.jspecify..", "com.fasterxml.jackson..")
                .because("everything depends on core, so whatever core needs, everybody must carry")
                .check(OURS);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aKindUsesOnlyThoseBeforeIt(String kind) {
        String[] later = KINDS.subList(KINDS.indexOf(kind) + 1, KINDS.size()).stream()
                .flatMap(other -> List.of("yunqi.core." + other + "..", "yunqi.server." + other + "..").stream())
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAnyPackage("yunqi.core." + kind + "..", "yunqi.server." + kind + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(later)
                .because("kinds stand in dependency order (" + String.join(" → ", KINDS)
                        + "), so that each can be understood with those before it")
                .allowEmptyShould(true)
                .check(OURS);
    }

    @Test
    void modulesLookOneWay() {
        forbid("yunqi.core..", "drivers", "server", "agent", "cli", "trials");
        forbid("yunqi.drivers..", "server", "agent", "cli", "trials");
        forbid("yunqi.server..", "agent", "cli", "trials");
        forbid("yunqi.agent..", "server", "cli", "trials");
        forbid("yunqi.cli..", "drivers", "server", "agent", "trials");
    }

    private static void forbid(String from, String... modules) {
        noClasses()
                .that()
                .resideInAPackage(from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        List.of(modules).stream().map(m -> "yunqi." + m + "..").toArray(String[]::new))
                .because("each module ships by itself and must not drag the others along")
                .check(OURS);
    }

    @Test
    void onlyMainKnowsWhichEngine() {
        noClasses()
                .that()
                .resideInAnyPackage("yunqi.server..", "yunqi.agent..")
                .and(notIn("Main", "Site", "Engines", "Offline", "Simulated"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "yunqi.drivers.libvirt..",
                        "yunqi.drivers.docker..",
                        "yunqi.drivers.ovn..",
                        "yunqi.drivers.fake..")
                .because("an engine is chosen where the graph is wired; everybody else knows its interface")
                .check(OURS);
    }

    private static com.tngtech.archunit.base.DescribedPredicate<JavaClass> notIn(String... names) {
        return com.tngtech.archunit.base.DescribedPredicate.describe(
                "not part of the wiring (" + String.join(", ", names) + ")",
                type -> List.of(names).stream()
                        .noneMatch(name -> type.getName().matches(".*\\." + name + "[A-Za-z]*(\\$.*)?")));
    }

    @Test
    void enginesDoNotKnowEachOther() {
        slices().matching("yunqi.drivers.(*)..")
                .should()
                .notDependOnEachOther()
                .ignoreDependency(
                        com.tngtech.archunit.base.DescribedPredicate.alwaysTrue(),
                        JavaClass.Predicates.resideInAPackage("yunqi.drivers.process.."))
                .because("an engine must be replaceable alone; only running processes is common to all")
                .check(OURS);
    }

    @Test
    void coreAndServerHaveNoCycles() {
        slices().matching("yunqi.core.(*)..").should().beFreeOfCycles().check(OURS);
        slices().matching("yunqi.server.(*)..").should().beFreeOfCycles().check(OURS);
    }

    @Test
    void sqlStaysInTheStore() {
        noClasses()
                .that()
                .haveNameNotMatching(".*\\.(Postgres[A-Za-z]*|[A-Za-z]+Table)(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..", "org.jdbi..", "org.postgresql..", "com.zaxxer..")
                .because("one place knows the database; MemoryStore stands in for it everywhere else")
                .check(OURS);
    }

    @Test
    void namesSayWhatAThingIs() {
        noClasses()
                .should()
                .haveNameMatching(
                        ".*\\.(Abstract\\w*|Base\\w*|\\w*(Manager|Helper|Util|Utils|Impl|VO|DTO|DAO|Processor))(\\$.*)?")
                .because("such names say nothing about the thing; say it as an operator would")
                .check(OURS);
    }
}
