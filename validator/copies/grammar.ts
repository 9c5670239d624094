/** How nodes of Python, JavaScript and TypeScript are told, so that what only differs in form is told alike. */

/** Nodes that say nothing about what a program does, with all below them. */
export const SKIPPED: ReadonlySet<string> = new Set([
  'comment',
  'hash_bang_line',
  // TypeScript's types
  'type_annotation',
  'type_arguments',
  'type_parameters',
  'type_predicate_annotation',
  'asserts_annotation',
  'interface_declaration',
  'type_alias_declaration',
  'ambient_declaration',
  'function_signature',
  'method_signature',
  'abstract_method_signature',
  'implements_clause',
  'accessibility_modifier',
  'override_modifier',
  'predefined_type',
  'generic_type',
  'union_type',
  'intersection_type',
  'array_type',
  'tuple_type',
  'readonly_type',
  'literal_type',
  'function_type',
  'object_type',
  'parenthesized_type',
  'lookup_type',
  'conditional_type',
  'index_type_query',
  'type_query',
  'template_literal_type',
  'nested_type_identifier',
  'type_identifier',
  'statement_identifier',
  // Python's
  'type',
  'type_parameter',
  'type_alias_statement',
  'global_statement',
  'nonlocal_statement',
  'pass_statement',
])

/** Only names are taken from these: which names an agent gives to what it imports is its own affair. */
export const IMPORTS: ReadonlySet<string> = new Set([
  'import_statement',
  'import_from_statement',
  'future_import_statement',
  'export_clause',
])

/** What a node says before its children speak; all others say nothing. */
export const SAID: Readonly<Record<string, string>> = {
  call_expression: '(',
  call: '(',
  new_expression: '(',
  subscript_expression: '[',
  subscript: '[',
  slice: ':',
  await_expression: 'await',
  await: 'await',
  yield_expression: 'yield',
  yield: 'yield',
  throw_statement: 'throw',
  raise_statement: 'throw',
  array: 'list',
  list: 'list',
  tuple: 'list',
  set: 'list',
  object: 'map',
  dictionary: 'map',
  list_comprehension: 'loop',
  set_comprehension: 'loop',
  dictionary_comprehension: 'loop',
  generator_expression: 'loop',
  for_statement: 'loop',
  for_in_statement: 'loop',
  while_statement: 'loop',
  do_statement: 'loop',
  arrow_function: 'fn',
  function_expression: 'fn',
  generator_function: 'fn',
  lambda: 'fn',
  spread_element: 'spread',
  list_splat: 'spread',
  dictionary_splat: 'spread',
  catch_clause: 'catch',
  except_clause: 'catch',
  with_statement: 'with',
  assignment_expression: '=',
  augmented_assignment_expression: '=',
  update_expression: '=',
  assignment: '=',
  augmented_assignment: '=',
  named_expression: '=',
  variable_declarator: '=',
  pair: 'pair',
  assert_statement: 'assert',
  delete_statement: 'delete',
}

/** What keywords and operators say. Which way a comparison goes, and `not`, is turned round with the branches. */
export const OPERATORS: Readonly<Record<string, string>> = {
  '==': 'eq',
  '===': 'eq',
  '!=': 'eq',
  '!==': 'eq',
  is: 'eq',
  'is not': 'eq',
  '<': 'cmp',
  '>': 'cmp',
  '<=': 'cmp',
  '>=': 'cmp',
  in: 'in',
  'not in': 'in',
  instanceof: 'instanceof',
  typeof: 'typeof',
  '+': '+',
  '-': '-',
  '*': '*',
  '/': '/',
  '//': '/',
  '%': '%',
  '**': '**',
  '&': '&',
  '|': '|',
  '^': '^',
  '<<': '<<',
  '>>': '>>',
  '>>>': '>>',
  '+=': '+',
  '-=': '-',
  '*=': '*',
  '/=': '/',
  '++': '+',
  '--': '-',
}

/** What a statement may consist of that has no effect. */
export const IDLE: ReadonlySet<string> = new Set([
  ...['=', '$', '0', 'text', 'list', 'map', 'pair', 'eq', 'cmp'],
  ...['+', '-', '*', '/', '%', '**', '&', '|', '^', '<<', '>>'],
])

/** Where one piece of a statement ends and another begins: `if (a) b`, `a && b` and `a ? b : c` are told alike. */
export const BETWEEN: ReadonlySet<string> = new Set(['&&', '||', '??', 'and', 'or', '?', 'if', 'else', ';'])

/** Statements, and what minifiers make of them. */
export function isStatement(type: string): boolean {
  return type.endsWith('_statement') || type.endsWith('_declaration') || STATEMENTS.has(type)
}

const STATEMENTS = new Set([
  'variable_declarator',
  'statement_block',
  'block',
  'function_definition',
  'class_definition',
  'decorated_definition',
  'method_definition',
  'switch_case',
  'case_clause',
  'catch_clause',
  'except_clause',
])

/** Functions of their own: what they do is told apart from where they stand. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  'function_declaration',
  'generator_function_declaration',
  'method_definition',
  'function_definition',
])
/** The same if a name is given to them. */
export const NAMED_FUNCTIONS: ReadonlySet<string> = new Set([
  'arrow_function',
  'function_expression',
  'generator_function',
])

export const NAMES: ReadonlySet<string> = new Set([
  'identifier',
  'property_identifier',
  'private_property_identifier',
  'shorthand_property_identifier',
  'shorthand_property_identifier_pattern',
])

/** Values that are written in more than one way: `true` and `!0`. */
export const VALUES: ReadonlySet<string> = new Set([
  'number',
  'integer',
  'float',
  'true',
  'false',
  'null',
  'none',
  'undefined',
  'ellipsis',
])

export const STRINGS: ReadonlySet<string> = new Set(['string', 'template_string', 'regex'])
export const TEXTS: ReadonlySet<string> = new Set([
  'string_fragment',
  'string_content',
  'escape_sequence',
  'regex_pattern',
])

/** Parents in which a name is given, and the part of them that it is given in; an empty part stands for any. */
export const GIVEN: Readonly<Record<string, string>> = {
  function_declaration: 'name',
  generator_function_declaration: 'name',
  function_expression: 'name',
  function_definition: 'name',
  class_declaration: 'name',
  class_definition: 'name',
  method_definition: 'name',
  field_definition: 'property',
  public_field_definition: 'name',
  variable_declarator: 'name',
  assignment_expression: 'left',
  augmented_assignment_expression: 'left',
  assignment: 'left',
  augmented_assignment: 'left',
  named_expression: 'name',
  for_statement: 'left',
  for_in_statement: 'left',
  for_in_clause: 'left',
  catch_clause: 'parameter',
  arrow_function: 'parameter',
  pair: 'key',
  pair_pattern: 'value',
  default_parameter: 'name',
  typed_default_parameter: 'name',
  typed_parameter: '',
  required_parameter: 'pattern',
  optional_parameter: 'pattern',
  assignment_pattern: 'left',
  formal_parameters: '',
  parameters: '',
  lambda_parameters: '',
  array_pattern: '',
  object_pattern: '',
  pattern_list: '',
  tuple_pattern: '',
  rest_pattern: '',
  list_splat_pattern: '',
  dictionary_splat_pattern: '',
  as_pattern_target: '',
  import_specifier: '',
  namespace_import: '',
  import_clause: '',
  aliased_import: 'alias',
  dotted_name: '',
  enum_body: 'name',
}
