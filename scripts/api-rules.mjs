// Of the API reference: what is left out of it, and what has to be in it.
import { Converter, ReferenceType, ReflectionKind, ReflectionType, UnionType } from "typedoc";

/** A chart's type holds the whole chart, and a service's the whole contract: the name of the package's type says enough. */
export function leaveOutTypesOfPackages(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const variable of project.getReflectionsByKind(ReflectionKind.Variable)) {
      const { type } = variable;
      if (!(type instanceof ReferenceType) || type.reflection || type.package === project.packageName)
        continue;
      project.removeTypeReflections(type);
      variable.type = ReferenceType.createBrokenReference(type.name, project, type.package);
    }
  });
}

const declaring =
  ReflectionKind.Interface | ReflectionKind.Class | ReflectionKind.Enum | ReflectionKind.TypeAlias;
const said =
  declaring |
  ReflectionKind.CallSignature |
  ReflectionKind.ConstructorSignature |
  ReflectionKind.GetSignature |
  ReflectionKind.Property |
  ReflectionKind.EnumMember |
  ReflectionKind.Variable;
/** Of these, an example says most. */
const shown = ReflectionKind.Function | ReflectionKind.Class;

const saysNothing = ({ comment }) => !comment?.summary.some(({ text }) => text.trim() !== "");

/** A field of an event: what is said stands above the event, in the union. */
function isOfUnion({ parent: above }) {
  if (above === undefined) return false;
  return (above.kindOf(ReflectionKind.TypeAlias) && above.type instanceof UnionType) || isOfUnion(above);
}

/** A function that is written where it is used: its name and its sentence stand before it. */
const isUnnamed = (one) =>
  one.kindOf(ReflectionKind.CallSignature) && one.parent.kindOf(ReflectionKind.TypeLiteral);

/** `parameters` of a function are said with it. */
const isOfParameter = ({ parent: above }) =>
  above !== undefined && (above.kindOf(ReflectionKind.Parameter) || isOfParameter(above));

/** A class has one, whether it is written or not. */
const isPlainConstructor = (one) =>
  one.kindOf(ReflectionKind.ConstructorSignature) && !one.parameters?.length;

const isGenerated = (one, project) =>
  project.getSymbolIdFromReflection(one)?.packagePath.includes("src/gen/") ?? false;

function hasExample(one) {
  const comments = [one.comment, ...(one.signatures ?? []).map(({ comment }) => comment)];
  return comments.some((comment) => comment?.getTag("@example") !== undefined);
}

const variantsOf = (one) =>
  one.kindOf(ReflectionKind.TypeAlias) && one.type instanceof UnionType
    ? one.type.types.map((type, place) => ({ type, says: one.type.elementSummaries?.[place]?.length > 0 }))
    : [];

/** What is public and has no sentence, or no example where one says most. */
export function undocumented(project) {
  const ours = Object.values(project.reflections).filter(
    (one) => !isGenerated(one, project) && !isOfUnion(one),
  );
  const silent = ours.filter(
    (one) =>
      one.kindOf(said) &&
      saysNothing(one) &&
      !isUnnamed(one) &&
      !isOfParameter(one) &&
      !isPlainConstructor(one),
  );
  const variants = ours.flatMap((one) =>
    variantsOf(one)
      .filter(({ type, says }) => type instanceof ReflectionType && !says)
      .map(({ type }) => `${one.getFullName()} says nothing of ${type}.`),
  );
  const unshown = ours.filter((one) => one.kindOf(shown) && !hasExample(one));
  return [
    ...silent.map((one) => `${one.getFullName()} has no sentence.`),
    ...variants,
    ...unshown.map((one) => `${one.getFullName()} has no @example.`),
  ];
}
