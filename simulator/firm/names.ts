/** Names, places and goods out of which a firm of the Lyon region is made. */

export interface City {
  readonly name: string;
  readonly zip: string;
  /** rowid in llx_c_departements. */
  readonly department: number;
  readonly weight: number;
}

export const CITIES: readonly City[] = [
  { name: 'Lyon', zip: '69003', department: 1, weight: 34 },
  { name: 'Villeurbanne', zip: '69100', department: 1, weight: 14 },
  { name: 'Vénissieux', zip: '69200', department: 1, weight: 8 },
  { name: 'Bron', zip: '69500', department: 1, weight: 5 },
  { name: 'Caluire-et-Cuire', zip: '69300', department: 1, weight: 5 },
  { name: 'Villefranche-sur-Saône', zip: '69400', department: 1, weight: 5 },
  { name: 'Grenoble', zip: '38000', department: 2, weight: 9 },
  { name: 'Vienne', zip: '38200', department: 2, weight: 5 },
  { name: 'Saint-Étienne', zip: '42000', department: 3, weight: 7 },
  { name: 'Bourg-en-Bresse', zip: '01000', department: 4, weight: 4 },
  { name: 'Chambéry', zip: '73000', department: 5, weight: 4 },
];

export const FIRST_NAMES: readonly string[] = [
  'Karim',
  'Sophie',
  'Mehdi',
  'Julien',
  'Nadia',
  'Thomas',
  'Inès',
  'Łukasz',
  'Fatou',
  'Antoine',
  'Maëlle',
  'Rui',
  'Chloé',
  'Yanis',
  'Éric',
  'Amélie',
  'David',
  'Samira',
  'Benoît',
  'Leïla',
];

export const LAST_NAMES: readonly string[] = [
  'Martin',
  'Benali',
  'Da Silva',
  'Dupont',
  "N'Diaye",
  'Lefèvre',
  'Kowalski',
  'Moreau',
  'Garcia',
  'Faure',
  'Chevalier',
  'Rossi',
  'Perrin',
  "L'Hermitte",
  'Diallo',
  'Girard',
  'Nguyen',
  'Blanc',
  'Ferreira',
  'Marchand',
];

export const CUSTOMER_KINDS: readonly { readonly prefix: string; readonly weight: number }[] = [
  { prefix: 'SCI', weight: 20 },
  { prefix: 'Syndic de copropriété', weight: 22 },
  { prefix: 'Régie', weight: 12 },
  { prefix: 'Mairie de', weight: 8 },
  { prefix: 'SARL', weight: 16 },
  { prefix: 'Résidence', weight: 14 },
  { prefix: 'Clinique', weight: 4 },
  { prefix: 'École', weight: 4 },
];

export const CUSTOMER_NAMES: readonly string[] = [
  'des Tilleuls',
  'Bellecour',
  'du Parc',
  'Saint-Exupéry',
  'Les Lilas',
  'Croix-Rousse',
  'de la Gare',
  'Montchat',
  'Les Cèdres',
  'Part-Dieu',
  'Gerland',
  'des Brotteaux',
  'Fourvière',
  'Les Acacias',
  'Monplaisir',
  'du Rhône',
  'Bel Air',
  'Confluence',
  'Perrache',
  'des Canuts',
  'Les Marronniers',
  'Victor Hugo',
  'Jean Macé',
  'du Lac',
];

export const SITE_KINDS: readonly string[] = [
  'Rénovation',
  'Extension',
  'Ravalement',
  'Mise aux normes',
  'Réhabilitation',
  'Construction neuve',
];

export const TASKS: readonly { readonly label: string; readonly hours: number }[] = [
  { label: 'Installation de chantier', hours: 24 },
  { label: 'Démolition', hours: 60 },
  { label: 'Gros œuvre', hours: 220 },
  { label: 'Second œuvre', hours: 160 },
  { label: 'Finitions', hours: 80 },
  { label: 'Levée de réserves', hours: 20 },
];

export const TICKET_SUBJECTS: readonly {
  readonly type: string;
  readonly text: string;
  readonly weight: number;
}[] = [
  { type: 'ISSUE', text: "Fuite d'eau au plafond", weight: 14 },
  { type: 'ISSUE', text: 'Panne de chaudière', weight: 12 },
  { type: 'ISSUE', text: 'Disjoncteur qui saute', weight: 9 },
  { type: 'PROBLEM', text: 'Infiltration façade nord', weight: 6 },
  { type: 'PROBLEM', text: "Porte d'entrée bloquée", weight: 6 },
  { type: 'ISSUE', text: 'Volet roulant "cassé" au 2e étage', weight: 6 },
  { type: 'REQUEST', text: 'Devis complémentaire pour la terrasse', weight: 8 },
  { type: 'COM', text: 'Question sur la facture', weight: 7 },
  { type: 'HELP', text: "Demande d'attestation d'assurance", weight: 4 },
  { type: 'OTHER', text: 'Accès au chantier & clés', weight: 4 },
];

export interface ProductModel {
  readonly ref: string;
  readonly label: string;
  readonly price: number;
  readonly cost: number;
  /** Units used per month by a firm of the demo's size; 0 for a service. */
  readonly monthlyUse: number;
}

export const PRODUCTS: readonly ProductModel[] = [
  { ref: 'CIM-35', label: 'Ciment CEM II 35 kg', price: 9.8, cost: 6.9, monthlyUse: 260 },
  { ref: 'PLA-BA13', label: 'Plaque de plâtre BA13', price: 11.5, cost: 7.2, monthlyUse: 220 },
  { ref: 'RAIL-48', label: 'Rail métallique 48 mm', price: 4.2, cost: 2.6, monthlyUse: 300 },
  { ref: 'PEI-BL15', label: 'Peinture blanche 15 L', price: 89, cost: 54, monthlyUse: 45 },
  { ref: 'TUB-CU16', label: 'Tube cuivre 16 mm (m)', price: 12.4, cost: 8.8, monthlyUse: 140 },
  { ref: 'RAC-16', label: 'Raccord 16 mm', price: 3.9, cost: 1.7, monthlyUse: 190 },
  { ref: 'CHE-200', label: 'Chauffe-eau 200 L', price: 489, cost: 318, monthlyUse: 6 },
  { ref: 'CIRC-25', label: 'Circulateur 25-60', price: 219, cost: 142, monthlyUse: 4 },
  { ref: 'CAB-3G25', label: 'Câble 3G2,5 (m)', price: 1.9, cost: 1.1, monthlyUse: 900 },
  { ref: 'DIS-16', label: 'Disjoncteur 16 A', price: 14.5, cost: 7.9, monthlyUse: 70 },
  { ref: 'TAB-3R', label: 'Tableau électrique 3 rangées', price: 96, cost: 61, monthlyUse: 9 },
  { ref: 'PRI-16', label: 'Prise 16 A', price: 6.8, cost: 3.3, monthlyUse: 130 },
  { ref: 'TUI-RG', label: 'Tuile romane', price: 2.1, cost: 1.2, monthlyUse: 420 },
  { ref: 'ETA-EPDM', label: 'Membrane EPDM (m²)', price: 18.9, cost: 11.4, monthlyUse: 60 },
  { ref: 'FEN-120', label: 'Fenêtre PVC 120x120', price: 342, cost: 228, monthlyUse: 8 },
  { ref: 'SER-3P', label: 'Serrure 3 points', price: 158, cost: 97, monthlyUse: 7 },
  { ref: 'ISO-LV100', label: 'Laine de verre 100 mm (m²)', price: 6.4, cost: 3.9, monthlyUse: 240 },
  { ref: 'COL-C2', label: 'Colle carrelage C2 25 kg', price: 21.5, cost: 13.8, monthlyUse: 55 },
  { ref: 'SRV-HMO', label: "Heure de main-d'œuvre", price: 58, cost: 34, monthlyUse: 0 },
  { ref: 'SRV-DEP', label: 'Forfait déplacement', price: 45, cost: 18, monthlyUse: 0 },
];

/** Speed of the crews, in order: 1 is ordinary, above is slower. The seventh crew is again like the first. */
export const CREW_SPEEDS: readonly number[] = [0.92, 1, 1.06, 0.88, 1.2, 1.02];

export const crewSpeed = (crew: number): number => CREW_SPEEDS[crew % CREW_SPEEDS.length]!;
