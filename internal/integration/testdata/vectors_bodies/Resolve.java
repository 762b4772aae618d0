import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads one mapping of a field as JSON from each line, with "training": true for those of a
 * model, and writes what the k-NN plugin of the class path makes of it: engine, method,
 * encoder, bits, compression level, and the factor of rescoring, by reflection, since the
 * plugin is of a newer Java than the compiler.
 */
public final class Resolve {
    private static final String KNN = "org.opensearch.knn.index.";

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(resolve(line));
        }
    }

    private static String resolve(String line) throws Exception {
        Object json = Class.forName("org.opensearch.common.xcontent.json.JsonXContent").getField("jsonXContent").get(null);
        Map<?, ?> field = (Map<?, ?>) callStatic(Class.forName("org.opensearch.common.xcontent.XContentHelper"), "convertToMap", json, line, false);
        Object version = Class.forName("org.opensearch.Version").getField("CURRENT").get(null);
        int dimension = (Integer) field.get("dimension");
        Object mode = named("mapper.Mode", "fromName", field.get("mode"));

        Object builder = callStatic(Class.forName(KNN + "engine.KNNMethodConfigContext"), "builder");
        call(builder, "vectorDataType", named("VectorDataType", "get", field.containsKey("data_type") ? field.get("data_type") : "float"));
        call(builder, "versionCreated", version);
        call(builder, "dimension", dimension);
        call(builder, "mode", mode);
        call(builder, "compressionLevel", named("mapper.CompressionLevel", "fromName", field.get("compression_level")));
        Object config = call(builder, "build");

        Object method = callStatic(Class.forName(KNN + "engine.KNNMethodContext"), "parse", field.get("method"));
        Object engine = call(method, "getKnnEngine");
        boolean training = Boolean.TRUE.equals(field.get("training"));
        Object resolved = call(engine, "resolveMethod", method, config, training, call(method, "getSpaceType"));
        Object level = call(resolved, "getCompressionLevel");
        Object context = call(resolved, "getKnnMethodContext");
        call(config, "setCompressionLevel", level);
        Object invalid = call(context, "validate", config);
        if (invalid != null) {
            return "invalid: " + invalid;
        }

        Object component = call(context, "getMethodComponentContext");
        String name = (String) call(component, "getName");
        Map<?, ?> parameters = (Map<?, ?>) call(component, "getParameters");
        return String.join("\t", (String) call(engine, "getName"), name, encoder(parameters.get("encoder")),
            (String) call(level, "getName"), factor(level, mode, dimension, version, name, parameters, engine));
    }

    private static String encoder(Object encoder) throws Exception {
        if (encoder == null) {
            return "";
        }
        return call(encoder, "getName") + " " + ((Map<?, ?>) call(encoder, "getParameters")).get("bits");
    }

    private static String factor(Object level, Object mode, int dimension, Object version, String name, Map<?, ?> parameters, Object engine)
        throws Exception {
        List<Object> args = new ArrayList<>(List.of(mode, dimension));
        if (has(level, 6)) {
            boolean oneBit = (Boolean) callStatic(Class.forName(KNN + "engine.faiss.FaissSQEncoder"), "isSQOneBit", parameters);
            args.addAll(List.of(version, name.equals("flat"), oneBit, engine));
        } else if (has(level, 3)) {
            args.add(version);
        }
        Object context = call(level, "getDefaultRescoreContext", args.toArray());
        return context == null ? "0.0" : String.valueOf(call(context, "getOversampleFactor"));
    }

    private static boolean has(Object level, int parameters) {
        for (Method m : level.getClass().getMethods()) {
            if (m.getName().equals("getDefaultRescoreContext") && m.getParameterCount() == parameters) {
                return true;
            }
        }
        return false;
    }

    private static Object named(String type, String method, Object name) throws Exception {
        return callStatic(Class.forName(KNN + type), method, name == null ? "" : name);
    }

    private static Object call(Object target, String name, Object... args) throws Exception {
        return invoke(target.getClass(), target, name, args);
    }

    private static Object callStatic(Class<?> type, String name, Object... args) throws Exception {
        return invoke(type, null, name, args);
    }

    /** Calls the first public method of the name that takes the arguments. */
    private static Object invoke(Class<?> type, Object target, String name, Object... args) throws Exception {
        for (Method m : type.getMethods()) {
            if (m.getName().equals(name) && takes(m, args) && (target != null || Modifier.isStatic(m.getModifiers()))) {
                m.setAccessible(true);
                return m.invoke(target, args);
            }
        }
        throw new NoSuchMethodException(type + "." + name);
    }

    private static boolean takes(Method m, Object[] args) {
        Class<?>[] types = m.getParameterTypes();
        if (types.length != args.length) {
            return false;
        }
        for (int i = 0; i < types.length; i++) {
            Class<?> type = types[i] == int.class ? Integer.class : types[i] == boolean.class ? Boolean.class : types[i];
            if (!type.isInstance(args[i])) {
                return false;
            }
        }
        return true;
    }
}
