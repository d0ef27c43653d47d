import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { suggestMapping } from '../../../services/model/suggest-mapping.ts';

const field = (name: string, label: string, type: string, elementtype = 'fichinter') => ({
  name,
  label,
  type,
  elementtype,
});

void describe('suggesting a mapping of extrafields', () => {
  void it('finds meanings by name and label, whatever the accents', () => {
    const found = suggestMapping([
      field('duree_estimee', 'Durée estimée (h)', 'double'),
      field('opt3', 'Satisfaction client (1 à 5)', 'int'),
      field('ville', 'Ville', 'varchar'),
    ]);
    assert.deepEqual(
      found.map(({ kind, meaning, column, confidence }) => [kind, meaning, column, confidence]),
      [
        ['intervention', 'city', 'ville', 1],
        ['intervention', 'estimated_hours', 'duree_estimee', 1],
        ['intervention', 'satisfaction', 'opt3', 0.6],
      ],
    );
  });

  void it('does not propose a column whose type cannot hold the value', () => {
    assert.deepEqual(suggestMapping([field('cout', 'Coût', 'date'), field('ville', 'Ville', 'double')]), []);
  });

  void it('leaves out records that the model does not know, and keeps the surest column', () => {
    const found = suggestMapping([
      field('ville', 'Ville', 'varchar', 'societe'),
      field('x1', 'Coût réel', 'price', 'ticket'),
      field('cout', 'Coût', 'price', 'ticket'),
    ]);
    assert.deepEqual(
      found.map(({ column }) => column),
      ['cout'],
    );
  });
});
